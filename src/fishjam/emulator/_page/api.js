// The control API: calls with the management token, and the stream of what happens.
"use strict";
((page) => {
  const ROOT = "/_emulator/v1";

  class ApiError extends Error {
    constructor(status, text) {
      super(text);
      this.status = status;
    }
  }

  class Api {
    constructor(token) {
      this.token = token;
    }

    async fetch(method, path, body) {
      const headers = { authorization: `Bearer ${this.token}` };
      if (body !== undefined) headers["content-type"] = "application/json";
      const answer = await fetch(`${ROOT}${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
      });
      if (!answer.ok) {
        const text = await answer.text();
        throw new ApiError(answer.status, textOf(text) || `the emulator answered ${answer.status}`);
      }
      return answer;
    }

    async call(method, path, body) {
      const answer = await this.fetch(method, path, body);
      return answer.status === 204 ? null : (await answer.json()).data;
    }

    // Gives what happens after a position to `take`, until the connection ends.
    async follow(position, take) {
      const answer = await this.fetch("GET", `/activity?after=${position}`);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        const items = lines.filter(Boolean).map((line) => JSON.parse(line));
        if (items.length) take(items);
      }
    }

    // Makes a peer and returns its id and token.
    async addPeer(roomId, type, metadata) {
      const options = type === "webrtc" && metadata ? { metadata } : {};
      const path = `/fishjam/room/${encodeURIComponent(roomId)}/peer`;
      const { peer, token } = await this.call("POST", path, { type, options });
      return { id: peer.id, token };
    }

    async tokenOf(roomId, peerId) {
      const path = `/fishjam/room/${encodeURIComponent(roomId)}/peer/${encodeURIComponent(peerId)}`;
      return (await this.call("POST", `${path}/refresh_token`)).token;
    }
  }

  function textOf(text) {
    try {
      return String(JSON.parse(text).errors);
    } catch {
      return text;
    }
  }

  page.Api = Api;
})((window.page ??= {}));
