// A call in a room: the peer socket, the WebRTC connection, and who is there with which tracks.
"use strict";
((page) => {
  const RETRIES = [500, 1000, 1500, 3000, 5000];
  // After these the same token does not open the room again.
  const FINAL = /token|not found|removed|stopped|reached peers limit|invalid sdk version/i;
  const SIMULCAST = [
    { rid: "l", scaleResolutionDownBy: 4 },
    { rid: "m", scaleResolutionDownBy: 2 },
    { rid: "h", scaleResolutionDownBy: 1 },
  ];

  function newId() {
    // Not crypto.randomUUID, which pages of a plain http address other than loopback do not have.
    return [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  }

  function parsed(json) {
    try {
      return json ? JSON.parse(json) : null;
    } catch {
      return null;
    }
  }

  class Call {
    // `changed` is called after every change; `ended` with the reason when the call is over.
    constructor(token, metadata, { changed, ended }) {
      this.token = token;
      this.metadata = metadata;
      this.changed = changed;
      this.ended = ended;
      this.state = "connecting";
      this.id = null;
      this.problem = "";
      this.endpoints = new Map();
      this.local = new Map();
      this.attempt = 0;
      this.open();
    }

    open() {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      this.socket = new WebSocket(`${scheme}://${location.host}/socket/peer/websocket`);
      this.socket.binaryType = "arraybuffer";
      this.socket.onopen = () =>
        this.send({ authRequest: { token: this.token, sdkVersion: "emulator-page" } });
      this.socket.onmessage = ({ data }) => this.take(page.decodeMessage(data));
      this.socket.onclose = ({ code, reason }) => this.lost(code, reason);
    }

    // Publishes a track of a device; returns its id.
    publish(media, metadata) {
      const track = { id: newId(), media, metadata, muted: false };
      this.local.set(track.id, track);
      if (this.connection) {
        this.attach(track);
        this.sendEvent({ renegotiateTracks: {} });
      }
      return track.id;
    }

    unpublish(id) {
      const track = this.local.get(id);
      if (!track) return;
      this.local.delete(id);
      track.media.stop();
      if (track.transceiver) {
        track.transceiver.direction = "inactive";
        void track.transceiver.sender.replaceTrack(null);
        this.sendEvent({ renegotiateTracks: {} });
      }
      this.changed();
    }

    async mute(id, muted) {
      const track = this.local.get(id);
      track.muted = muted;
      track.metadata = { ...track.metadata, paused: muted };
      track.media.enabled = !muted;
      await track.transceiver?.sender.replaceTrack(muted ? null : track.media);
      if (!this.connection) return;
      const metadataJson = JSON.stringify(track.metadata);
      this.sendEvent({ updateTrackMetadata: { trackId: id, metadataJson } });
      if (!muted) this.sendEvent({ unmuteTrack: { trackId: id } });
      this.changed();
    }

    leave() {
      if (this.state === "over") return;
      if (this.socket.readyState === WebSocket.OPEN) this.sendEvent({ disconnect: {} });
      this.end("You left the call.");
    }

    end(reason) {
      this.state = "over";
      clearTimeout(this.timer);
      this.socket.onclose = null;
      this.socket.close();
      this.close();
      for (const track of this.local.values()) track.media.stop();
      this.ended(reason);
    }

    lost(code, reason) {
      this.close();
      const wait = RETRIES[this.attempt];
      if (FINAL.test(reason) || wait === undefined) {
        const why = reason || (code === 1006 ? "the connection was lost" : `closed with ${code}`);
        this.end(`The call ended: ${why}.`);
        return;
      }
      this.attempt += 1;
      this.state = "reconnecting";
      this.timer = setTimeout(() => this.open(), wait);
      this.changed();
    }

    close() {
      this.connection?.close();
      this.connection = null;
      this.endpoints.clear();
      for (const track of this.local.values()) track.transceiver = null;
    }

    send(message) {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(page.encodeMessage(message));
    }

    sendEvent(event) {
      this.send({ peerEvent: event });
    }

    take(message) {
      if (message.authenticated) {
        this.sendEvent({ connect: { metadataJson: JSON.stringify(this.metadata) } });
      }
      for (const [kind, content] of Object.entries(message.serverEvent ?? {})) {
        void this[`on_${kind}`]?.(content);
      }
      this.changed();
    }

    on_connected({ endpointId, endpointIdToEndpoint }) {
      this.id = endpointId;
      this.state = "connected";
      this.attempt = 0;
      for (const [id, endpoint] of Object.entries(endpointIdToEndpoint)) {
        this.addEndpoint(id, endpoint.metadataJson, endpoint.endpointType);
        this.addTracks(id, endpoint.trackIdToTrack);
      }
      this.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      this.connection.onicecandidate = ({ candidate }) => {
        if (!candidate?.candidate) return;
        const { sdpMLineIndex, sdpMid, usernameFragment } = candidate;
        this.sendEvent({
          candidate: {
            candidate: candidate.candidate,
            sdpMLineIndex: sdpMLineIndex ?? 0,
            sdpMid: sdpMid ?? "",
            usernameFragment: usernameFragment ?? "",
          },
        });
      };
      this.connection.onconnectionstatechange = () => this.changed();
      for (const track of this.local.values()) this.attach(track);
      if (this.local.size) this.sendEvent({ renegotiateTracks: {} });
    }

    on_endpointAdded({ endpointId, metadataJson }) {
      this.addEndpoint(endpointId, metadataJson);
    }

    on_endpointUpdated({ endpointId, metadataJson }) {
      const endpoint = this.endpoints.get(endpointId);
      if (endpoint) endpoint.metadata = parsed(metadataJson);
    }

    on_endpointRemoved({ endpointId }) {
      this.endpoints.delete(endpointId);
    }

    on_tracksAdded({ endpointId, trackIdToTrack }) {
      this.addTracks(endpointId, trackIdToTrack);
    }

    on_tracksRemoved({ endpointId, trackIds }) {
      for (const id of trackIds) this.endpoints.get(endpointId)?.tracks.delete(id);
    }

    on_trackUpdated({ endpointId, trackId, metadataJson }) {
      const track = this.endpoints.get(endpointId)?.tracks.get(trackId);
      if (track) track.metadata = parsed(metadataJson);
    }

    on_vadNotification({ trackId, status }) {
      const track = this.findTrack(trackId);
      if (track) track.speaking = status === 2;
    }

    on_error({ message }) {
      this.problem = message ?? "";
    }

    async on_offerData({ tracksTypes }) {
      const connection = this.connection;
      for (const kind of ["audio", "video"]) {
        const slots = connection
          .getTransceivers()
          .filter((one) => one.direction === "recvonly" && one.receiver.track.kind === kind);
        for (let count = slots.length; count < (tracksTypes?.[kind] ?? 0); count += 1)
          connection.addTransceiver(kind, { direction: "recvonly" });
      }
      const offer = await connection.createOffer();
      await connection.setLocalDescription(offer);
      const published = [...this.local.values()].filter((track) => track.transceiver?.mid);
      this.sendEvent({
        sdpOffer: {
          sdp: offer.sdp,
          trackIdToMetadataJson: Object.fromEntries(
            published.map((track) => [track.id, JSON.stringify(track.metadata)]),
          ),
          midToTrackId: Object.fromEntries(
            published.map((track) => [track.transceiver.mid, track.id]),
          ),
        },
      });
    }

    async on_sdpAnswer({ sdp, midToTrackId }) {
      const connection = this.connection;
      await connection.setRemoteDescription({ type: "answer", sdp });
      for (const transceiver of connection.getTransceivers()) {
        const track = this.findTrack(midToTrackId[transceiver.mid]);
        if (track) track.media = transceiver.receiver.track;
      }
      this.changed();
    }

    addEndpoint(id, metadataJson, type = "") {
      if (id === this.id) return;
      const metadata = parsed(metadataJson);
      this.endpoints.set(id, { id, type, metadata, tracks: new Map() });
    }

    addTracks(endpointId, tracks) {
      const endpoint = this.endpoints.get(endpointId);
      if (!endpoint) return;
      for (const [id, { metadataJson }] of Object.entries(tracks))
        endpoint.tracks.set(id, { id, metadata: parsed(metadataJson), media: null, speaking: false });
    }

    findTrack(id) {
      for (const { tracks } of this.endpoints.values()) if (tracks.has(id)) return tracks.get(id);
      return undefined;
    }

    attach(track) {
      const isCamera = track.metadata.type === "camera";
      track.transceiver = this.connection.addTransceiver(track.media, {
        direction: "sendonly",
        streams: [new MediaStream([track.media])],
        ...(isCamera ? { sendEncodings: SIMULCAST } : {}),
      });
      if (track.muted) void track.transceiver.sender.replaceTrack(null);
    }
  }

  page.Call = Call;
})((window.page ??= {}));
