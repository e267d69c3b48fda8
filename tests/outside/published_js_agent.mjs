// The published JavaScript SDK's agent against the emulator. The argument is the scene that
// scenes.py has set, as JSON; a line is printed for each part, and the exit code is 1 if one did
// not pass.

import assert from "node:assert/strict";

import { FishjamClient, PeerStatus } from "@fishjam-cloud/js-server-sdk";

const scene = JSON.parse(process.argv[2]);
const client = new FishjamClient({
  fishjamId: scene.fishjam_id,
  managementToken: scene.management_token,
});
const RATE = 16000;
const PCM = { encoding: "pcm16", sampleRate: RATE, channels: 1 };

const parts = {
  async "agents hear each other"() {
    const room = await client.createRoom();
    const fine = { output: { audioFormat: "pcm16", audioSampleRate: 24000 } };
    const one = await connect(room.id);
    const other = await connect(room.id, fine);
    await present(room.id);
    const [first, second] = [hear(one.agent, RATE), hear(other.agent, 24000)];
    const low = one.agent.createTrack(PCM, { voice: "low" });
    one.agent.sendData(low.id, tone(440, 0.5));
    const high = other.agent.createTrack(PCM);
    other.agent.sendData(high.id, tone(660, 0.5));
    assert.equal((await first).frequency, 660);
    const heard = await second;
    assert.equal(heard.frequency, 440);
    assert.equal(heard.last.peerId, one.peer.id);
    assert.equal(heard.last.track.id, low.id);
    assert.equal(heard.last.track.metadata, '{"voice":"low"}');
    one.agent.disconnect();
    other.agent.disconnect();
  },

  async "a user and an agent talk"() {
    const { room, token } = await makeUser();
    const { agent } = await connect(room.id);
    await present(room.id);
    const heard = hear(agent, RATE);
    await control("speak_tone", token, 550, 0.5);
    assert.equal((await heard).frequency, 550);
    const track = agent.createTrack(PCM);
    agent.sendData(track.id, tone(440, 0.5));
    assert.equal(Math.round(await control("hear_tone", token, 0.4)), 440);
    agent.sendData(track.id, tone(440, 60));
    await control("hear_tone", token, 0.2);
    agent.interruptTrack(track.id);
    agent.sendData(track.id, tone(880, 0.5));
    while (Math.round(await control("hear_tone", token, 0.1)) !== 880);
    assert.ok((await control("heard_seconds", token)) < 5);
    assert.equal((await agentIn(room.id)).tracks.length, 1);
    agent.deleteTrack(track.id);
    await until(async () => (await agentIn(room.id)).tracks.length === 0);
    agent.disconnect();
    await until(async () => (await agentIn(room.id)).status === PeerStatus.Disconnected);
  },

  async "opus is passed on"() {
    const room = await client.createRoom();
    const { agent: speaker } = await connect(room.id);
    const { agent: listener } = await connect(room.id);
    await present(room.id);
    const heard = new Promise((resolve) => listener.on("trackData", resolve));
    const codec = { encoding: "opus", sampleRate: 48000, channels: 1 };
    speaker.sendData(speaker.createTrack(codec).id, Uint8Array.of(1, 2, 3));
    assert.deepEqual([...(await heard).data], [1, 2, 3]);
    speaker.disconnect();
    listener.disconnect();
  },

  async "an agent is sent away"() {
    const room = await client.createRoom();
    let onClose;
    const closed = new Promise((resolve) => (onClose = (code, reason) => resolve([code, reason])));
    const { peer } = await connect(room.id, {}, { onClose });
    await present(room.id);
    await client.deletePeer(room.id, peer.id);
    assert.deepEqual(await closed, [1000, "Peer removed"]);
  },
};

function connect(roomId, options, callbacks) {
  return client.createAgent(roomId, options, callbacks);
}

// The SDK takes an agent for connected as soon as the socket is open.
function present(roomId) {
  return until(async () =>
    (await client.getRoom(roomId)).peers.every(({ status }) => status === PeerStatus.Connected),
  );
}

async function agentIn(roomId) {
  return (await client.getRoom(roomId)).peers.find(({ type }) => type === "agent");
}

async function makeUser() {
  const room = await client.createRoom();
  const { peerToken: token } = await client.createPeer(room.id);
  await control("connect_user", token);
  return { room, token };
}

// Gives the frequency of the first 0.4 s that come, and the last message.
function hear(agent, rate) {
  const values = [];
  return new Promise((resolve) => {
    agent.on("trackData", (last) => {
      const bytes = Buffer.from(last.data);
      for (let at = 0; at < bytes.length; at += 2) values.push(bytes.readInt16LE(at));
      if (values.length >= rate * 0.4) resolve({ frequency: frequencyOf(values, rate), last });
    });
  });
}

function frequencyOf(values, rate) {
  const ups = [];
  for (let at = 1; at < values.length; at++) {
    if (values[at - 1] < 0 && values[at] >= 0) ups.push(at);
  }
  return Math.round(((ups.length - 1) * rate) / (ups.at(-1) - ups[0]));
}

function tone(frequency, seconds) {
  const bytes = Buffer.alloc(seconds * RATE * 2);
  for (let at = 0; at < seconds * RATE; at++) {
    bytes.writeInt16LE(Math.round(16000 * Math.sin((2 * Math.PI * frequency * at) / RATE)), at * 2);
  }
  return new Uint8Array(bytes);
}

async function control(name, ...values) {
  const response = await fetch(`${scene.remote}/${name}`, {
    method: "POST",
    body: JSON.stringify(values),
  });
  assert.equal(response.status, 200, name);
  return response.json();
}

async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function timeout(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it takes too long")), 10_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

for (const [name, part] of Object.entries(parts)) {
  try {
    await timeout(part());
    console.log(`  ${name}: ok`);
  } catch (error) {
    console.error(error);
    console.log(`  ${name}: FAILED`);
    process.exitCode = 1;
  }
}
// A part that failed may have left a socket open.
process.exit();
