// The call on the page: a tile for everybody, and one's own microphone, camera and screen.
"use strict";
((page) => {
  const { h, icon, iconButton, nameOf, toast } = page;

  class Tile {
    constructor(isOwn) {
      this.isOwn = isOwn;
      this.sounds = new Map();
      this.video = h("video", { autoplay: true, playsinline: true, hidden: true });
      // Also for one's own tile, because it has no sound.
      this.video.muted = true;
      this.avatar = h("div", { class: "avatar" });
      this.label = h("span", { class: "tile-name" });
      this.kind = h("span", { class: "badge" });
      this.muted = h("span", { class: "tile-muted", title: "muted" }, icon("micOff"));
      const caption = h("div", { class: "caption" }, this.label, this.kind, this.muted);
      this.element = h("div", { class: "tile" }, this.avatar, this.video, caption);
    }

    show({ name, type, video, sounds, speaking, isMuted }) {
      this.label.textContent = this.isOwn ? `${name} (you)` : name;
      this.kind.textContent = type;
      this.kind.hidden = !type;
      this.muted.hidden = !isMuted;
      const letter = [...name.trim()][0]?.toUpperCase() ?? "?";
      this.avatar.replaceChildren(type === "agent" ? icon("robot") : letter);
      this.element.classList.toggle("speaking", speaking);
      this.showVideo(video);
      this.playSounds(sounds);
    }

    showVideo(media) {
      this.video.hidden = !media;
      if (this.video.srcObject?.getTracks()[0] === (media ?? undefined)) return;
      this.video.srcObject = media ? new MediaStream([media]) : null;
    }

    playSounds(sounds) {
      for (const [media, audio] of this.sounds) {
        if (sounds.includes(media)) continue;
        audio.remove();
        this.sounds.delete(media);
      }
      for (const media of sounds) {
        if (this.sounds.has(media)) continue;
        const audio = h("audio", { autoplay: true });
        audio.srcObject = new MediaStream([media]);
        this.element.append(audio);
        this.sounds.set(media, audio);
        audio.play().catch(() => this.askForClick(audio));
      }
    }

    // Browsers play no sound on a page that nobody has clicked on.
    askForClick(audio) {
      if (!audio.isConnected || this.element.querySelector(".unmute")) return;
      const play = () => {
        for (const one of document.querySelectorAll(".tile audio")) void one.play();
        for (const one of document.querySelectorAll(".unmute")) one.remove();
      };
      this.element.append(h("button", { class: "unmute", onclick: play }, icon("play"), "Play sound"));
    }
  }

  class Stage {
    // `typeOf` tells the type of a peer by its id, `ended` is called when the call is over.
    constructor(element, { typeOf, ended }) {
      this.element = element;
      this.typeOf = typeOf;
      this.ended = ended;
      this.call = null;
      this.tiles = new Map();
      this.grid = h("div", { class: "tiles" });
      this.title = h("h2", { class: "stage-title" });
      this.status = h("span", { class: "badge live" });
      this.mic = iconButton("mic", "Microphone", () => this.toggle("microphone"));
      this.camera = iconButton("camera", "Camera", () => this.toggle("camera"));
      this.screen = iconButton("screen", "Share the screen", () => this.shareScreen());
      this.hangUp = iconButton("leave", "Leave", () => this.call.leave(), { class: "leave" });
      const controls = h(
        "div",
        { class: "controls" },
        this.mic,
        this.camera,
        this.screen,
        this.hangUp,
      );
      const head = h("div", { class: "stage-head" }, this.title, this.status);
      element.replaceChildren(head, this.grid, controls);
    }

    // Joins with a token; `wanted` has `name`, `microphone` and `camera`.
    async join(token, wanted, title) {
      this.call?.leave();
      const media = await this.devices(wanted);
      this.own = { microphone: null, camera: null, screen: null };
      this.name = wanted.name;
      this.title.textContent = title;
      this.element.hidden = false;
      const metadata = { displayName: wanted.name };
      const call = new page.Call(token, metadata, {
        changed: () => this.render(),
        ended: (reason) => this.end(call, reason),
      });
      this.call = call;
      for (const track of media) this.publish(track.kind === "audio" ? "microphone" : "camera", track);
      this.render();
      this.element.scrollIntoView({ block: "start", behavior: "smooth" });
    }

    // The devices that there are: without one, or without leave to use it, one still listens.
    async devices({ microphone, camera }) {
      const found = [];
      for (const [wanted, constraints] of [
        [microphone, { audio: true }],
        [camera, { video: { width: 1280, height: 720 } }],
      ]) {
        if (!wanted) continue;
        try {
          found.push(...(await mediaDevices().getUserMedia(constraints)).getTracks());
        } catch (error) {
          toast(`No ${constraints.audio ? "microphone" : "camera"}: ${error.message}`, "bad");
        }
      }
      return found;
    }

    publish(kind, media) {
      const type = { microphone: "microphone", camera: "camera", screen: "screenShareVideo" }[kind];
      const metadata = { type, paused: false, displayName: this.name };
      this.own[kind] = this.call.publish(media, metadata);
      media.addEventListener("ended", () => this.unpublish(kind));
    }

    unpublish(kind) {
      this.call?.unpublish(this.own[kind]);
      this.own[kind] = null;
      this.render();
    }

    async toggle(kind) {
      const id = this.own[kind];
      if (id === null) {
        const wanted = { microphone: kind === "microphone", camera: kind === "camera" };
        for (const track of await this.devices(wanted)) this.publish(kind, track);
      } else {
        await this.call.mute(id, !this.call.local.get(id).muted);
      }
      this.render();
    }

    async shareScreen() {
      if (this.own.screen !== null) return this.unpublish("screen");
      const stream = await mediaDevices().getDisplayMedia({ video: true });
      this.publish("screen", stream.getVideoTracks()[0]);
      return this.render();
    }

    end(call, reason) {
      if (this.call !== call) return;
      this.call = null;
      this.element.hidden = true;
      for (const tile of this.tiles.values()) tile.show({ ...NOBODY });
      this.tiles.clear();
      this.grid.replaceChildren();
      toast(reason);
      this.ended();
    }

    render() {
      const { call } = this;
      if (!call || call.state === "over") return;
      const connected = call.state === "connected";
      this.status.textContent = call.problem || (connected ? "live" : `${call.state}...`);
      this.status.classList.toggle("bad", Boolean(call.problem));
      this.renderControls();
      const people = new Map([["own", this.ownState()]]);
      for (const endpoint of call.endpoints.values()) people.set(endpoint.id, this.stateOf(endpoint));
      for (const [id, tile] of this.tiles) {
        if (people.has(id)) continue;
        tile.show({ ...NOBODY });
        tile.element.remove();
        this.tiles.delete(id);
      }
      for (const [id, state] of people) {
        if (!this.tiles.has(id)) {
          this.tiles.set(id, new Tile(id === "own"));
          this.grid.append(this.tiles.get(id).element);
        }
        this.tiles.get(id).show(state);
      }
    }

    renderControls() {
      for (const [kind, control, on, off] of [
        ["microphone", this.mic, "mic", "micOff"],
        ["camera", this.camera, "camera", "cameraOff"],
      ]) {
        const isOn = this.isOn(kind);
        control.replaceChildren(icon(isOn ? on : off));
        control.classList.toggle("off", !isOn);
        control.setAttribute("aria-pressed", String(isOn));
      }
      this.screen.classList.toggle("on", this.own.screen !== null);
      this.screen.hidden = !mediaDevices().getDisplayMedia;
    }

    isOn(kind) {
      const track = this.call.local.get(this.own[kind]);
      return track !== undefined && !track.muted;
    }

    ownState() {
      const shown = ["screen", "camera"].find((kind) => this.isOn(kind));
      return {
        ...NOBODY,
        name: this.name,
        video: shown ? this.call.local.get(this.own[shown]).media : null,
        isMuted: !this.isOn("microphone"),
      };
    }

    stateOf({ id, type, metadata, tracks }) {
      const all = [...tracks.values()];
      const playing = all.filter((track) => track.media && !track.metadata?.paused);
      const videos = playing.filter((track) => track.media.kind === "video");
      const screen = videos.find((track) => track.metadata?.type === "screenShareVideo");
      const sounds = playing.filter((track) => track.media.kind === "audio");
      return {
        name: nameOf(metadata, id),
        type: type || this.typeOf(id),
        video: (screen ?? videos[0])?.media ?? null,
        sounds: sounds.map((track) => track.media),
        speaking: all.some((track) => track.speaking),
        isMuted: !sounds.length,
      };
    }
  }

  const NOBODY = { name: "", type: "", video: null, sounds: [], speaking: false, isMuted: false };

  // Browsers have them only on https, and on http for this very machine.
  function mediaDevices() {
    const none = () => Promise.reject(new Error("open this page at 127.0.0.1 or by https"));
    return navigator.mediaDevices ?? { getUserMedia: none };
  }

  page.mediaDevices = mediaDevices;
  page.Stage = Stage;
})((window.page ??= {}));
