// The published JavaScript SDK's notifier against the emulator.
// Argument, output and exit code are those of `published_js.mjs`.

import assert from "node:assert/strict";
import { once } from "node:events";
import { FishjamClient, FishjamWSNotifier } from "@fishjam-cloud/js-server-sdk";

const scene = JSON.parse(process.argv[2]);
const { fishjam_id: fishjamId, management_token: managementToken } = scene;
const client = new FishjamClient({ fishjamId, managementToken });
const END = "that is all";
const WEBRTC = 1;
const [VIDEO, AUDIO] = [1, 2];
const KINDS = [
  ...["roomCreated", "roomDeleted", "roomCrashed"],
  ...["peerAdded", "peerDeleted", "peerConnected", "peerDisconnected"],
  ...["peerMetadataUpdated", "peerCrashed"],
  ...["streamConnected", "streamDisconnected", "viewerConnected", "viewerDisconnected"],
  ...["trackAdded", "trackRemoved", "trackMetadataUpdated"],
];
const seen = new Set();

const parts = {
  async "the life of a room"() {
    let roomId, peerId, trackId;
    const found = await watch(async () => {
      const room = await client.createRoom();
      const { peer, peerToken } = await client.createPeer(room.id);
      [roomId, peerId] = [room.id, peer.id];
      await control("connect_peer", peerToken, { name: "Zoë" });
      trackId = await control("add_track", roomId, peerId, "video", { n: 1 });
      await control("update_track_metadata", roomId, peerId, trackId, { n: 2 });
      await control("remove_track", roomId, peerId, trackId);
      await control("disconnect_peer", peerToken);
      await client.deletePeer(roomId, peerId);
      await client.deleteRoom(roomId);
    });
    const peer = { roomId, peerId, peerType: WEBRTC };
    const metadata = found[3][1].metadata;
    assert.deepEqual(JSON.parse(metadata), { name: "Zoë" });
    const track = (n) => ({
      ...{ roomId, peerId, componentId: undefined },
      track: { id: trackId, type: VIDEO, metadata: JSON.stringify({ n }) },
    });
    assert.deepEqual(found, [
      ["roomCreated", { roomId }],
      ["peerAdded", peer],
      ["peerConnected", peer],
      ["peerMetadataUpdated", { ...peer, metadata }],
      ["trackAdded", track(1)],
      ["trackMetadataUpdated", track(2)],
      ["trackRemoved", track(2)],
      ["peerDisconnected", peer],
      ["peerDeleted", peer],
      ["roomDeleted", { roomId }],
    ]);
  },

  async crashes() {
    let roomId, peerId;
    const found = await watch(async () => {
      ({ id: roomId } = await client.createRoom());
      const { peer, peerToken } = await client.createPeer(roomId);
      peerId = peer.id;
      await control("connect_peer", peerToken, {});
      await control("crash_peer", roomId, peerId, "out of memory");
      await control("crash_room", roomId);
    });
    assert.deepEqual(found.slice(-2), [
      ["peerCrashed", { roomId, peerId, reason: "out of memory", peerType: WEBRTC }],
      ["roomCrashed", { roomId }],
    ]);
  },

  // Who sends to a livestream is told by messages that this SDK keeps to itself.
  async livestreams() {
    let streamId;
    const found = await watch(async () => {
      ({ id: streamId } = await client.createRoom({ roomType: "livestream" }));
      await control("connect_streamer", streamId, "s");
      await control("connect_viewer", streamId, "v");
      await control("disconnect_viewer", streamId, "v");
      await control("disconnect_streamer", streamId, "s");
    });
    assert.deepEqual(found.slice(1), [
      ["viewerConnected", { streamId, viewerId: "v" }],
      ["viewerDisconnected", { streamId, viewerId: "v" }],
    ]);
  },

  async "older messages and components"() {
    const track = { id: "t", type: AUDIO, metadata: "{}" };
    const found = await watch(async () => {
      await control("send", "StreamConnected", { stream_id: "s" });
      await control("send", "StreamDisconnected", { stream_id: "s" });
      await control("send", "TrackAdded", { room_id: "r", component_id: "c", track });
    });
    assert.deepEqual(found, [
      ["streamConnected", { streamId: "s" }],
      ["streamDisconnected", { streamId: "s" }],
      ["trackAdded", { roomId: "r", peerId: undefined, componentId: "c", track }],
    ]);
  },

  async "every kind was seen"() {
    assert.deepEqual([...seen].sort(), [...KINDS].sort());
  },

  // The SDK says of a kind that it does not know that it cannot decode it, and goes on.
  async "other notifications do no harm"() {
    let roomId;
    const complaint = "Couldn't decode websocket server message";
    const found = await watch(async () => {
      await control("send", "ChannelAdded", { room_id: "r", peer_id: "p", channel_id: "c" });
      await control("send", "VadNotification", { room_id: "r", peer_id: "p", track_id: "t" });
      ({ id: roomId } = await client.createRoom());
    }, [complaint]);
    assert.deepEqual(found, [["roomCreated", { roomId }]]);
  },

  async "wrong token"() {
    const [code, reason] = await new Promise((resolve, reject) => {
      const config = { fishjamId, managementToken: "wrong" };
      new FishjamWSNotifier(config, reject, (...ending) => resolve(ending));
    });
    assert.deepEqual([code, reason], [1000, "invalid token"]);
  },

  async "the end of a connection"() {
    for (const [code, reason] of [[1000, "bye"], [1011, "crash"]]) {
      const ending = new Promise((resolve, reject) => {
        listen(reject, (...values) => resolve(values));
      });
      await control("wait_for_subscribers", 1);
      await control("close_connections", code, reason);
      assert.deepEqual(await ending, [code, reason]);
    }
  },
};

// Runs a story and returns the events that came of it, each with its name. The SDK must not
// complain meanwhile, except as expected.
async function watch(story, complaints = []) {
  const said = [];
  const original = console.error;
  console.error = (text) => said.push(text);
  const closed = [];
  const notifier = listen((error) => said.push(error), (...ending) => closed.push(ending));
  const found = [];
  for (const kind of KINDS) {
    notifier.on(kind, (event) => found.push([kind, event]));
  }
  try {
    await control("wait_for_subscribers", 1);
    await story();
    await control("send", "RoomCreated", { room_id: END });
    while (found.at(-1)?.[1].roomId !== END) {
      await once(notifier, "roomCreated", { signal: AbortSignal.timeout(10_000) });
    }
    assert.deepEqual(closed, []);
  } finally {
    await control("close_connections", 1000, "");
    console.error = original;
  }
  assert.deepEqual(said, complaints);
  found.pop();
  found.forEach(([kind]) => seen.add(kind));
  return found;
}

function listen(onError, onClose) {
  return new FishjamWSNotifier({ fishjamId, managementToken }, onError, onClose);
}

async function control(name, ...values) {
  const body = JSON.stringify(values);
  const response = await fetch(`${scene.remote}/${name}`, { method: "POST", body });
  assert.equal(response.status, 200, name);
  return response.json();
}

for (const [name, part] of Object.entries(parts)) {
  try {
    await part();
    console.log(`  ${name}: ok`);
  } catch (error) {
    console.error(error);
    console.log(`  ${name}: FAILED`);
    process.exitCode = 1;
  }
}
