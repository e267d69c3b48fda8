// The questions that the page asks: which room, which peer, with which devices.
"use strict";
((page) => {
  const { h } = page;
  const ROOM_TYPES = ["conference", "audio_only", "livestream", "audio_only_livestream"];

  // Asks in a dialog, and returns the values by name; null if it was closed.
  function ask(title, fields, action) {
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      ...fields,
      h(
        "div",
        { class: "actions" },
        h("button", { class: "primary", value: "ok" }, action),
        h("button", { type: "button", onclick: () => dialog.close("") }, "Cancel"),
      ),
    );
    const dialog = h("dialog", {}, form);
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        const values = Object.fromEntries(new FormData(form));
        dialog.remove();
        resolve(dialog.returnValue === "ok" ? values : null);
      });
    });
  }

  const field = (text, input) => h("label", { class: "field" }, h("span", {}, text), input);
  const check = (name, text, checked = true) =>
    h("label", { class: "check" }, h("input", { type: "checkbox", name, checked }), text);
  const choice = (name, values) =>
    h("select", { name }, ...values.map((value) => h("option", { value }, value.replaceAll("_", " "))));

  // The name is kept for the next time, in this tab only.
  function askToJoin(room) {
    const name = h("input", {
      name: "name",
      required: true,
      maxlength: 60,
      value: sessionStorage.getItem("name") ?? "Guest",
      autocomplete: "off",
    });
    const isAudioOnly = room?.config.roomType === "audio_only";
    const fields = [
      field("Your name", name),
      check("microphone", "Microphone"),
      isAudioOnly ? null : check("camera", "Camera"),
    ];
    return ask("Join the room", fields.filter(Boolean), "Join").then((values) => {
      if (values) sessionStorage.setItem("name", values.name);
      return values && { name: values.name, microphone: "microphone" in values, camera: "camera" in values };
    });
  }

  async function askForRoom() {
    const limit = h("input", { name: "maxPeers", type: "number", min: 1, placeholder: "no limit" });
    const webhook = h("input", { name: "webhookUrl", type: "url", placeholder: "http://127.0.0.1:8000/webhook" });
    const fields = [
      field("Type", choice("roomType", ROOM_TYPES)),
      field("Video codec", choice("videoCodec", ["h264", "vp8"])),
      field("Most peers", limit),
      field("Webhook URL", webhook),
      check("public", "Livestream without viewer tokens", false),
    ];
    const values = await ask("New room", fields, "Make the room");
    if (!values) return null;
    const { roomType, videoCodec, maxPeers, webhookUrl } = values;
    const isPublic = "public" in values && roomType.includes("livestream");
    return {
      roomType,
      videoCodec,
      ...(maxPeers ? { maxPeers: Number(maxPeers) } : {}),
      ...(webhookUrl ? { webhookUrl } : {}),
      ...(isPublic ? { public: true } : {}),
    };
  }

  async function askForPeer() {
    const metadata = h("textarea", { name: "metadata", rows: 3, placeholder: '{"name": "Ada"}' });
    metadata.addEventListener("input", () => {
      metadata.setCustomValidity(isObject(metadata.value) ? "" : "a JSON object, or nothing");
    });
    const fields = [field("Type", choice("type", ["webrtc", "agent"])), field("Metadata", metadata)];
    const values = await ask("Add a peer", fields, "Add the peer");
    return values && { type: values.type, metadata: values.metadata && JSON.parse(values.metadata) };
  }

  function isObject(text) {
    try {
      const value = text.trim() ? JSON.parse(text) : {};
      return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
      return false;
    }
  }

  Object.assign(page, { askToJoin, askForRoom, askForPeer });
})((window.page ??= {}));
