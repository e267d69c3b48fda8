// The published JavaScript SDK against the emulator: all of its REST client.
// The one argument is the scene that `scenes.py` has set, as JSON. It prints a line for each part,
// and its exit code is 1 if one did not pass.

import assert from "node:assert/strict";
import {
  BadRequestException,
  FishjamBaseException,
  FishjamClient,
  FishjamNotFoundException,
  MissingFishjamIdException,
  PeerNotFoundException,
  PeerStatus,
  RoomNotFoundException,
  RoomType,
  ServiceUnavailableException,
  UnauthorizedException,
  UnknownException,
  VideoCodec,
} from "@fishjam-cloud/js-server-sdk";

const scene = JSON.parse(process.argv[2]);
const { fishjam_id: fishjamId, management_token: managementToken } = scene;
const client = new FishjamClient({ fishjamId, managementToken });
const NOWHERE = "no such/thing?a=b#é";

const parts = {
  async "room of defaults"() {
    const room = await client.createRoom();
    assert.deepEqual(room.peers, []);
    assert.equal(room.config.maxPeers, 0);
    assert.equal(room.config.roomType, RoomType.Conference);
    assert.equal(room.config.videoCodec, VideoCodec.H264);
    assert.equal(room.config.public, false);
    assert.equal(room.config.webhookUrl, null);
  },

  async "room of all options"() {
    for (const roomType of Object.values(RoomType)) {
      const config = {
        maxPeers: 7,
        public: true,
        roomType,
        videoCodec: VideoCodec.Vp8,
        webhookUrl: "https://example.com/hook",
      };
      const room = await client.createRoom(config);
      assert.deepEqual(room.config, { ...config, batchWebhookNotifications: false });
    }
  },

  async "rooms are found and deleted"() {
    const room = await client.createRoom();
    assert.deepEqual(await client.getRoom(room.id), room);
    assert.ok((await client.getAllRooms()).some(({ id }) => id === room.id));
    await client.deleteRoom(room.id);
    assert.ok(!(await client.getAllRooms()).some(({ id }) => id === room.id));
    await refused(RoomNotFoundException, 404, client.getRoom(room.id));
    await refused(RoomNotFoundException, 404, client.deleteRoom(room.id));
    await refused(RoomNotFoundException, 404, client.getRoom(NOWHERE));
  },

  async "room options that are wrong"() {
    const error = await refused(BadRequestException, 400, client.createRoom({ maxPeers: "nan" }));
    assert.match(error.details, /maxPeers/);
    await refused(BadRequestException, 400, client.createRoom({ videoCodec: "h420" }));
    await refused(BadRequestException, 400, client.createRoom({ roomType: "party" }));
  },

  async peer() {
    const room = await client.createRoom();
    const { peer, peerToken } = await client.createPeer(room.id);
    assert.equal(peer.type, "webrtc");
    assert.equal(peer.status, PeerStatus.Disconnected);
    assert.deepEqual(peer.tracks, []);
    assert.deepEqual(peer.metadata, { peer: {}, server: {} });
    assert.equal(peer.subscribeMode, "auto");
    assert.ok(claimsOf(peerToken).exp > Date.now() / 1000);
    assert.deepEqual((await client.getRoom(room.id)).peers, [peer]);
    assert.ok(claimsOf(await client.refreshPeerToken(room.id, peer.id)).exp);
    await client.deletePeer(room.id, peer.id);
    assert.deepEqual((await client.getRoom(room.id)).peers, []);
    await refused(PeerNotFoundException, 404, client.deletePeer(room.id, peer.id));
    await refused(PeerNotFoundException, 404, client.refreshPeerToken(room.id, NOWHERE));
    await refused(FishjamNotFoundException, 404, client.createPeer(NOWHERE));
  },

  async "peer metadata"() {
    const room = await client.createRoom();
    const metadata = { name: "Zoë", tags: ["a", null, 1.5], deep: { er: { yes: true } } };
    const { peer } = await client.createPeer(room.id, { metadata, subscribeMode: "manual" });
    assert.deepEqual(peer.metadata, { peer: {}, server: metadata });
    assert.equal(peer.subscribeMode, "manual");
  },

  async "full room"() {
    const room = await client.createRoom({ maxPeers: 1 });
    await client.createPeer(room.id);
    const error = await refused(UnknownException, 409, client.createPeer(room.id));
    assert.match(error.details, /full/);
  },

  // The SDK takes an agent for connected as soon as its socket is open, so this waits for the rest.
  async agent() {
    const room = await client.createRoom();
    const options = { output: { audioFormat: "pcm16", audioSampleRate: 24000 } };
    let callbacks;
    const closed = new Promise((resolve, reject) => {
      callbacks = { onError: reject, onClose: (...ending) => resolve(ending) };
    });
    const { peer } = await client.createAgent(room.id, options, callbacks);
    assert.equal(peer.type, "agent");
    let status;
    while (status !== PeerStatus.Connected) [{ status }] = (await client.getRoom(room.id)).peers;
    await client.deletePeer(room.id, peer.id);
    assert.deepEqual(await closed, [1000, "Peer removed"]);
    const wrong = { output: { audioFormat: "mp3" } };
    await refused(BadRequestException, 400, client.createAgent(room.id, wrong));
  },

  async subscriptions() {
    const { room_id: room, peer_id: sender, track_id: track } = scene.track;
    const { peer } = await client.createPeer(room, { subscribeMode: "manual" });
    await client.subscribePeer(room, peer.id, sender);
    await client.subscribeTracks(room, peer.id, [track]);
    const found = (await client.getRoom(room)).peers.find(({ id }) => id === peer.id);
    assert.deepEqual(found.subscriptions, { peers: [sender], tracks: [track] });
    await refused(PeerNotFoundException, 404, client.subscribePeer(room, peer.id, NOWHERE));
    await refused(PeerNotFoundException, 404, client.subscribeTracks(room, peer.id, [NOWHERE]));
    await refused(BadRequestException, 400, client.subscribeTracks(room, peer.id, [1]));
  },

  async "livestream tokens"() {
    const room = await client.createRoom({ roomType: RoomType.Livestream });
    const conference = await client.createRoom();
    for (const make of ["createLivestreamViewerToken", "createLivestreamStreamerToken"]) {
      assert.ok(claimsOf((await client[make](room.id)).token).exp > Date.now() / 1000);
      await refused(FishjamNotFoundException, 404, client[make](conference.id));
    }
  },

  async "bad credentials"() {
    const stranger = new FishjamClient({ fishjamId, managementToken: "wrong" });
    await refused(UnauthorizedException, 401, stranger.getAllRooms());
    await refused(UnauthorizedException, 401, stranger.createRoom());
    assert.throws(
      () => new FishjamClient({ fishjamId: "", managementToken }),
      MissingFishjamIdException,
    );
  },

  async "server failures"() {
    const failing = new FishjamClient({ fishjamId: scene.failing_id, managementToken });
    const error = await refused(UnknownException, 402, failing.createRoom());
    assert.match(error.details, /402/);
    await refused(ServiceUnavailableException, 503, failing.getAllRooms());
    await refused(UnknownException, 502, failing.createPeer("room"));
  },

  async "deprecation warnings"() {
    for (const [id, method] of [
      [scene.deprecated_id, "warn"],
      [scene.unsupported_id, "error"],
    ]) {
      const said = [];
      const original = console[method];
      console[method] = (text) => said.push(text);
      try {
        const old = new FishjamClient({ fishjamId: id, managementToken });
        await old.getAllRooms();
        await old.getAllRooms();
      } finally {
        console[method] = original;
      }
      assert.equal(said.length, 1);
      assert.match(said[0], /update the SDK/);
    }
  },
};

async function refused(kind, status, promise) {
  const error = await promise.then(
    () => assert.fail(`no ${kind.name} was thrown`),
    (reason) => reason,
  );
  assert.ok(error instanceof kind, error);
  assert.ok(error instanceof FishjamBaseException);
  assert.equal(error.statusCode, status);
  return error;
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
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
