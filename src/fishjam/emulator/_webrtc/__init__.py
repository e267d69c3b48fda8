"""WebRTC for the emulator: browsers join rooms, and publish and watch livestreams."""
