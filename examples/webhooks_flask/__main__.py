"""Start the receiver: `python -m examples.webhooks_flask`."""

from examples.local_fishjam import PORT, local_fishjam

with local_fishjam(webhook_path="/fishjam"):
    from examples.webhooks_flask.app import app

    app.run(port=PORT)
