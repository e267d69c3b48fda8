// Rooms and livestreams with everybody in them, and what can be done to them.
"use strict";
((page) => {
  const { h, icon, button, iconButton, copy, shortId, nameOf } = page;
  const LIVE_TYPES = new Set(["livestream", "audio_only_livestream", "broadcaster"]);
  const TYPE_ICONS = { webrtc: "person", agent: "robot", vapi: "phone" };

  const idButton = (id, what) =>
    button({ class: "id", title: `${id}: copy` }, shortId(id), () => copy(id, `The id of the ${what}`));

  class Rooms {
    // `actions` are what the buttons do; `element` shows the rooms.
    constructor(element, actions) {
      this.element = element;
      this.actions = actions;
      this.shown = new Map();
    }

    render({ rooms, streams }, { canJoin, joined }) {
      const cards = [
        // The newest come first.
        ...[...rooms].reverse().map((room) => this.card(room, { canJoin, joined }, () => this.room(room, canJoin, joined))),
        ...[...streams].reverse().map((stream) => this.card(stream, { canJoin }, () => this.stream(stream, canJoin))),
      ];
      const kept = new Set([...rooms, ...streams].map(({ id }) => id));
      for (const id of this.shown.keys()) if (!kept.has(id)) this.shown.delete(id);
      this.element.replaceChildren(...(cards.length ? cards : [this.empty()]));
    }

    // A card is made anew only when it differs, so that what one points at stays.
    card(subject, context, make) {
      const json = JSON.stringify([subject, context]);
      const shown = this.shown.get(subject.id);
      if (shown?.json === json) return shown.element;
      const element = make();
      this.shown.set(subject.id, { json, element });
      return element;
    }

    empty() {
      return h(
        "div",
        { class: "empty" },
        h("p", {}, "No rooms yet."),
        h("p", { class: "faint" }, "Make one here, or let your backend make one: it shows up at once."),
        button({ class: "primary" }, [icon("plus"), "New room"], async () => this.actions.newRoom()),
      );
    }

    room(room, canJoin, joined) {
      const { config } = room;
      const isLive = LIVE_TYPES.has(config.roomType);
      const limit = config.maxPeers ? `${room.peers.length} of ${config.maxPeers}` : room.peers.length;
      const facts = [
        h("span", { class: "badge" }, config.roomType.replaceAll("_", " ")),
        h("span", { class: "badge" }, config.videoCodec),
        config.public ? h("span", { class: "badge" }, "public") : null,
        config.webhookUrl ? h("span", { class: "badge", title: config.webhookUrl }, "webhook") : null,
      ];
      return h(
        "article",
        { class: "card", "data-room": room.id },
        h("header", {}, h("h3", {}, "Room ", idButton(room.id, "room")), ...facts, this.bin(room)),
        isLive ? this.liveButtons(room.id, config.public, canJoin) : this.joinButtons(room, canJoin),
        isLive ? null : h("p", { class: "faint count" }, `Peers: ${limit}`),
        h("ul", { class: "peers" }, ...room.peers.map((peer) => this.peer(room, peer, canJoin, joined))),
      );
    }

    bin(room) {
      return iconButton("trash", "Delete the room", () => this.actions.deleteRoom(room.id));
    }

    joinButtons(room, canJoin) {
      return h(
        "div",
        { class: "actions" },
        button({ class: "primary", disabled: !canJoin }, [icon("enter"), "Join"], async () =>
          this.actions.join(room),
        ),
        button({}, [icon("plus"), "Add peer"], async () => this.actions.addPeer(room)),
      );
    }

    liveButtons(id, isPublic, canJoin) {
      const { actions } = this;
      return h(
        "div",
        { class: "actions" },
        button({ class: "primary", disabled: !canJoin }, "Go live", () => actions.goLive(id)),
        button({ disabled: !canJoin }, [icon("play"), "Watch"], () => actions.watch(id, isPublic)),
        button({}, [icon("copy"), "Streamer token"], () => actions.copyLiveToken(id, "streamer")),
        button({}, [icon("copy"), "Viewer token"], () => actions.copyLiveToken(id, "viewer")),
      );
    }

    peer(room, peer, canJoin, joined) {
      const connected = peer.status === "connected";
      const name = nameOf(peer.metadata, "");
      const sends = peer.tracks.map((track) => this.track(track));
      const isHere = joined === peer.id;
      const tools = [
        isHere ? h("span", { class: "badge live" }, "you") : null,
        peer.type === "webrtc" && !connected
          ? button({ class: "small", disabled: !canJoin }, "Join", async () => this.actions.join(room, peer))
          : null,
        peer.type === "vapi"
          ? null
          : iconButton("copy", "Copy a token", () => this.actions.copyToken(room.id, peer.id)),
        iconButton("trash", "Remove the peer", () => this.actions.deletePeer(room.id, peer.id)),
      ];
      const title = JSON.stringify(peer.metadata, null, 2);
      return h(
        "li",
        { class: connected ? "peer connected" : "peer", title },
        h("span", { class: "peer-icon", title: connected ? "connected" : "not connected" }, icon(TYPE_ICONS[peer.type])),
        h("span", { class: "peer-name" }, name || h("span", { class: "faint" }, "no name")),
        idButton(peer.id, "peer"),
        h("span", { class: "badge" }, peer.type),
        h("span", { class: "tracks" }, ...sends),
        h("span", { class: "tools" }, ...tools),
      );
    }

    track({ type, metadata }) {
      const isPaused = metadata?.paused === true;
      const names = type === "audio" ? ["mic", "micOff"] : ["camera", "cameraOff"];
      return h("span", { title: JSON.stringify(metadata) }, icon(names[Number(isPaused)]));
    }

    stream(stream, canJoin) {
      const live = stream.streamers.some((streamer) => streamer.status === "connected");
      const facts = [
        h("span", { class: live ? "badge live" : "badge" }, live ? "live" : "nobody is live"),
        stream.public ? h("span", { class: "badge" }, "public") : null,
      ];
      return h(
        "article",
        { class: "card", "data-stream": stream.id },
        h("header", {}, h("h3", {}, "Livestream ", idButton(stream.id, "livestream")), ...facts),
        this.liveButtons(stream.id, stream.public, canJoin),
      );
    }
  }

  page.Rooms = Rooms;
})((window.page ??= {}));
