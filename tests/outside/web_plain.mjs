// A page without any library that speaks the peer protocol; `web_plain.py` calls `window.tab`.

import { hear, listen, makeBeeper, makeCamera, makeMicrophone, see } from './web_media.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const text = (bytes) => decoder.decode(bytes);

// Protocol buffers, as far as these messages need them.
function varint(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}

function encode(...fields) {
  const bytes = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      bytes.push(...varint(number * 8), ...varint(value));
      continue;
    }
    const content = typeof value === 'string' ? encoder.encode(value) : value;
    bytes.push(...varint(number * 8 + 2), ...varint(content.length), ...content);
  }
  return new Uint8Array(bytes);
}

function decode(bytes) {
  const fields = {};
  let position = 0;
  const read = () => {
    let [number, factor] = [0, 1];
    for (; bytes[position] > 127; factor *= 128) number += (bytes[position++] & 127) * factor;
    return number + bytes[position++] * factor;
  };
  while (position < bytes.length) {
    const key = read();
    const value = read();
    const isNumber = key % 8 === 0;
    (fields[key >> 3] ??= []).push(isNumber ? value : bytes.slice(position, position + value));
    if (!isNumber) position += value;
  }
  return fields;
}

const pairs = (entries, number) => Object.entries(entries).map(([key, value]) => [number, encode([1, key], [2, value])]);
const unpaired = (list) => (list ?? []).map(decode).map((pair) => [text(pair[1][0]), pair[2][0]]);

const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
const published = new Map();
const known = new Map();
const elements = new Map();
const errors = [];
let socket;
let mids = {};
let answers = 0;
let joined;
let beeper;

const act = (number, ...fields) => socket.send(encode([5, encode([number, encode(...fields)])]));

pc.onicecandidate = ({ candidate }) => {
  if (!candidate?.candidate) return;
  act(6, [1, candidate.candidate], [2, candidate.sdpMLineIndex], [3, candidate.sdpMid]);
};

pc.ontrack = ({ track, transceiver }) => {
  const element = document.createElement(track.kind);
  Object.assign(element, { srcObject: new MediaStream([track]), muted: true, autoplay: true });
  document.body.append(element);
  elements.set(transceiver.mid, { element, stream: element.srcObject });
};

function learn(tracks) {
  for (const [id, track] of unpaired(tracks)) known.set(id, JSON.parse(text(decode(track)[1][0])).name);
}

async function offer(types) {
  for (const [number, kind] of [[1, 'audio'], [2, 'video']]) {
    const slots = pc.getTransceivers().filter(
      ({ direction, receiver }) => direction === 'recvonly' && receiver.track.kind === kind,
    );
    for (let count = slots.length; count < (types[number]?.[0] ?? 0); count += 1) {
      pc.addTransceiver(kind, { direction: 'recvonly' });
    }
  }
  await pc.setLocalDescription(await pc.createOffer());
  const [metadata, sections] = [{}, {}];
  for (const [name, transceiver] of published) {
    // One without a mid was added while the offer was made; it is in the next one.
    if (transceiver.direction !== 'sendonly' || transceiver.mid === null) continue;
    metadata[name] = JSON.stringify({ name });
    sections[transceiver.mid] = name;
  }
  act(7, [1, pc.localDescription.sdp], ...pairs(metadata, 2), ...pairs(sections, 4));
}

async function take(event) {
  if (event[7]) {
    for (const [, endpoint] of unpaired(decode(event[7][0])[2])) learn(decode(endpoint)[4]);
    joined();
  } else if (event[3]) {
    learn(decode(event[3][0])[2]);
  } else if (event[4]) {
    for (const id of decode(event[4][0])[2]) known.delete(text(id));
  } else if (event[9]) {
    await offer(decode((decode(event[9][0])[1] ?? [new Uint8Array()])[0]));
  } else if (event[11]) {
    const answer = decode(event[11][0]);
    mids = Object.fromEntries(unpaired(answer[2]).map(([mid, id]) => [text(id), mid]));
    await pc.setRemoteDescription({ type: 'answer', sdp: text(answer[1][0]) });
    answers += 1;
  } else if (event[8]) {
    errors.push(text(decode(event[8][0])[1][0]));
  }
}

const idOf = (name) => [...known].find(([, its]) => its === name)?.[0];
const received = (name) => elements.get(mids[idOf(name)]);

function publish(name, track, sendEncodings) {
  const options = { direction: 'sendonly', streams: [new MediaStream()], sendEncodings };
  published.set(name, pc.addTransceiver(track, options));
  act(5);
}

const LAYERS = [
  { rid: 'l', scaleResolutionDownBy: 4 },
  { rid: 'm', scaleResolutionDownBy: 2 },
  { rid: 'h', scaleResolutionDownBy: 1 },
];

window.tab = {
  errors,
  answers: () => answers,

  async join(url, token) {
    socket = new WebSocket(`${url}/socket/peer/websocket`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(encode([2, encode([1, token])]));
    let last = Promise.resolve();
    const isJoined = new Promise((resolve) => (joined = resolve));
    socket.onmessage = ({ data }) => {
      const message = decode(new Uint8Array(data));
      if (message[1]) act(1, [1, '{}']);
      // One after the other: an answer must be in force before the next offer.
      if (message[6]) last = last.then(() => take(decode(message[6][0]))).catch((error) => errors.push(`${error}`));
    };
    await isJoined;
  },

  // The devices of the browser, the camera in three layers if that is wanted.
  async useDevices(microphone, camera, layers = LAYERS) {
    const video = { width: 1280, height: 720 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    publish(microphone, stream.getAudioTracks()[0]);
    publish(camera, stream.getVideoTracks()[0], layers ?? undefined);
  },
  speak: (name, frequency) => publish(name, makeMicrophone(frequency)),
  show: (name, color) => publish(name, makeCamera(color)),
  showLayers: (name, color) => publish(name, makeCamera(color, 1280, 720), LAYERS),
  hide(name) {
    const transceiver = published.get(name);
    void transceiver.sender.replaceTrack(null);
    transceiver.direction = 'inactive';
    act(5);
  },
  // Unlike one that is inactive, a stopped section is used again with another mid.
  stop(name) {
    published.get(name).stop();
    published.delete(name);
    act(5);
  },

  hears: (name) => (received(name) ? hear(received(name).stream, received(name)) : 0),
  sees: (name) => (received(name) ? see(received(name).element) : null),
  frames: (name) => received(name)?.element.getVideoPlaybackQuality().totalVideoFrames ?? 0,
  width: (name) => received(name)?.element.videoWidth ?? 0,
  useBeeper(name) {
    beeper = makeBeeper();
    publish(name, beeper.track);
  },
  // Milliseconds from the beginning of a sound to that of its echo in a track; null without one.
  async roundTrip(name) {
    const echo = received(name);
    if (echo === undefined) return null;
    // Until the echo before this one is over, with its pauses.
    for (let heard = 0; heard !== null; ) {
      await listen(echo.stream, echo, false);
      heard = await listen(echo.stream, echo, true, 500);
    }
    beeper.beep(200);
    return listen(echo.stream, echo, true);
  },
  names: () => [...known.values()].sort(),
};
