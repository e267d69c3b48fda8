"""The emulator's page as it is served."""
