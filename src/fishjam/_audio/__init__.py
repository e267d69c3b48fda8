"""PCM16 audio: other rates and channels, WAV files, several voices in one; on the library av."""
