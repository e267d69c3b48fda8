// The page: it asks for the token, follows the emulator, and joins its parts.
"use strict";
((page) => {
  const { h, icon, button, toast, copy } = page;
  const $ = (id) => document.getElementById(id);
  const RECONNECT = 1500;
  const SETTLE = 60;

  // What the address says behind its #, which no server gets to see.
  const asked = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);

  let api = null;
  let info = { webrtc: false };
  let state = { rooms: [], streams: [], virtualPeers: [] };
  let live = null;

  const typeOf = (id) =>
    state.rooms.flatMap((room) => room.peers).find((peer) => peer.id === id)?.type ?? "";
  const stage = new page.Stage($("stage"), {
    typeOf,
    ended: () => {
      void stage.guest?.();
      stage.guest = null;
      render();
    },
  });
  const feed = new page.Feed($("feed"), async (id) => (await api.fetch("GET", `/speech/${id}`)).blob());

  const actions = {
    newRoom: async () => {
      const config = await page.askForRoom();
      if (config) await api.call("POST", "/fishjam/room", config);
    },
    deleteRoom: (id) => api.call("DELETE", `/fishjam/room/${encodeURIComponent(id)}`),
    addPeer: async (room) => {
      const wanted = await page.askForPeer();
      if (!wanted) return;
      const { token } = await api.addPeer(room.id, wanted.type, wanted.metadata);
      await copy(token, "The token of the new peer");
    },
    deletePeer: (room, peer) =>
      api.call("DELETE", `/fishjam/room/${encodeURIComponent(room)}/peer/${encodeURIComponent(peer)}`),
    copyToken: async (room, peer) => copy(await api.tokenOf(room, peer), "A token"),
    join: async (room, peer) => {
      const wanted = await page.askToJoin(room);
      if (wanted) await enter(room, peer, wanted);
    },
    goLive: async (id) => {
      const media = await page
        .mediaDevices()
        .getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
      const { token } = await liveToken(id, "streamer");
      try {
        showLive("You are live", await page.stream(token, media), media);
      } catch (error) {
        for (const track of media.getTracks()) track.stop();
        throw error;
      }
    },
    watch: async (id, isPublic) => {
      const media = new MediaStream();
      const token = isPublic ? null : (await liveToken(id, "viewer")).token;
      showLive("Watching", await page.watch(id, token, (track) => media.addTrack(track)), media);
    },
    copyLiveToken: async (id, role) => copy((await liveToken(id, role)).token, `A ${role} token`),
  };
  const rooms = new page.Rooms($("rooms"), actions);

  function liveToken(id, role) {
    const isRoom = state.rooms.some((room) => room.id === id);
    return api.call("POST", `/fishjam/${isRoom ? "room" : "livestream"}/${encodeURIComponent(id)}/${role}`);
  }

  async function enter(room, peer, wanted) {
    const title = `Room ${page.shortId(room.id)}`;
    if (peer) {
      await stage.join(await api.tokenOf(room.id, peer.id), wanted, title);
    } else {
      const { id, token } = await api.addPeer(room.id, "webrtc", { name: wanted.name });
      await stage.join(token, wanted, title);
      // What was made for this call alone goes with it.
      stage.guest = () => actions.deletePeer(room.id, id).catch(() => {});
    }
    render();
  }

  function showLive(title, { connection, stop }, media) {
    endLive();
    const video = h("video", { autoplay: true, playsinline: true, controls: true });
    video.muted = title === "You are live";
    video.srcObject = media;
    live = () => {
      stop();
      for (const track of media.getTracks()) track.stop();
    };
    connection.onconnectionstatechange = () => {
      if (["failed", "closed", "disconnected"].includes(connection.connectionState)) endLive();
    };
    const end = button({ class: "leave" }, [icon("leave"), "Stop"], async () => endLive());
    $("live").replaceChildren(
      h("div", { class: "stage-head" }, h("h2", {}, title), h("span", { class: "badge live" }, "live")),
      h("div", { class: "tile solo" }, video),
      h("div", { class: "controls" }, end),
    );
    $("live").hidden = false;
  }

  function endLive() {
    live?.();
    live = null;
    $("live").hidden = true;
    $("live").replaceChildren();
  }

  function render() {
    rooms.render(state, { canJoin: info.webrtc, joined: stage.call?.id ?? null });
    const peers = state.rooms.reduce((sum, room) => sum + room.peers.length, 0);
    $("counts").textContent = `${count(state.rooms.length, "room")}, ${count(peers, "peer")}`;
    $("no-media").hidden = info.webrtc;
  }

  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

  let settling = null;
  function refresh() {
    settling ??= setTimeout(async () => {
      settling = null;
      try {
        state = await api.call("GET", "/state");
        render();
      } catch {
        // The stream of what happens ends as well then, and comes back with the state.
      }
    }, SETTLE);
  }

  const changesState = ({ type, data }) =>
    type === "reset" || (type === "event" && data.event !== "VadNotification");

  function show(connected) {
    $("connection").textContent = connected ? "connected" : "not connected";
    $("connection").className = connected ? "badge live" : "badge bad";
  }

  // Follows the emulator for good, also after it was started again.
  async function follow() {
    for (;;) {
      try {
        info = await api.call("GET", "/info");
        state = await api.call("GET", "/state");
        feed.clear();
        render();
        show(true);
        await api.follow(0, (items) => {
          feed.take(items);
          if (items.some(changesState)) refresh();
        });
      } catch (error) {
        if (error.status === 401) {
          signOut(error.message);
          return;
        }
      }
      show(false);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT));
    }
  }

  function signOut(text) {
    sessionStorage.removeItem("token");
    $("dashboard").hidden = true;
    $("sign-in").hidden = false;
    $("sign-in-problem").textContent = text;
  }

  function signIn(token) {
    sessionStorage.setItem("token", token);
    api = new page.Api(token);
    $("sign-in").hidden = true;
    $("dashboard").hidden = false;
    void follow();
  }

  async function joinByToken(token) {
    const wanted = await page.askToJoin(null);
    if (wanted) await stage.join(token, wanted, "Call");
  }

  // With #room=ID, or #room for a new one, the page asks at once to join.
  async function joinAtOnce(roomId) {
    const { room } = roomId
      ? { room: (await api.call("GET", `/fishjam/room/${encodeURIComponent(roomId)}`)) }
      : await api.call("POST", "/fishjam/room", {});
    await actions.join(room);
  }

  function start() {
    $("address").textContent = location.host;
    $("new-room").append(button({ class: "primary" }, [icon("plus"), "New room"], actions.newRoom));
    $("sign-in-form").addEventListener("submit", (event) => {
      event.preventDefault();
      signIn($("token").value.trim());
    });
    $("peer-form").addEventListener("submit", (event) => {
      event.preventDefault();
      joinByToken($("peer-token").value.trim()).catch((error) => toast(error.message, "bad"));
    });
    $("theme").append(page.iconButton("theme", "Light or dark", async () => switchTheme()));
    for (const tab of document.querySelectorAll("[data-tab]"))
      tab.addEventListener("click", () => (document.body.dataset.shows = tab.dataset.tab));
    addEventListener("pagehide", () => stage.call?.leave());
    const token = asked.get("token") ?? sessionStorage.getItem("token");
    if (asked.has("peer")) void joinByToken(asked.get("peer"));
    if (token) {
      signIn(token);
      if (asked.has("room"))
        joinAtOnce(asked.get("room")).catch((error) => toast(error.message, "bad"));
    }
  }

  function switchTheme() {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  }

  page.stage = stage;
  start();
})((window.page ??= {}));
