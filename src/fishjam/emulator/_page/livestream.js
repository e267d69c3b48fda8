// Livestreams: publishing by WHIP and watching by WHEP.
"use strict";
((page) => {
  const ROOT = "/api/v1/live/api";
  // Candidates are found at once here; a browser that finds none must not wait for ever.
  const GATHERING = 2000;

  function gathered(connection) {
    return new Promise((resolve) => {
      const finish = () => connection.iceGatheringState === "complete" && resolve();
      connection.addEventListener("icegatheringstatechange", finish);
      setTimeout(resolve, GATHERING);
      finish();
    });
  }

  async function connect(path, token, prepare) {
    const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    try {
      prepare(connection);
      await connection.setLocalDescription();
      await gathered(connection);
      const headers = { "content-type": "application/sdp" };
      if (token) headers.authorization = `Bearer ${token}`;
      const body = connection.localDescription.sdp;
      const answer = await fetch(`${ROOT}${path}`, { method: "POST", headers, body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(reasonOf(answer.status, text));
      await connection.setRemoteDescription({ type: "answer", sdp: text });
      const resource = answer.headers.get("location");
      return { connection, stop: () => stop(connection, resource, headers) };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  function reasonOf(status, text) {
    try {
      return JSON.parse(text).errors ?? `status ${status}`;
    } catch {
      return text || `status ${status}`;
    }
  }

  function stop(connection, resource, { authorization }) {
    connection.close();
    const headers = authorization ? { authorization } : {};
    // It may be gone already, because the connection ended first.
    void fetch(resource, { method: "DELETE", headers }).catch(() => {});
  }

  page.stream = (token, media) =>
    connect("/whip", token, (connection) => {
      for (const track of media.getTracks())
        connection.addTransceiver(track, { direction: "sendonly", streams: [media] });
    });

  page.watch = (streamId, token, onTrack) =>
    connect(token ? "/whep" : `/whep/${encodeURIComponent(streamId)}`, token, (connection) => {
      connection.ontrack = ({ track }) => onTrack(track);
      for (const kind of ["video", "audio"])
        connection.addTransceiver(kind, { direction: "recvonly" });
    });
})((window.page ??= {}));
