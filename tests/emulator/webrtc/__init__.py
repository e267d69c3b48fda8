"""Tests of WebRTC in the emulator."""
