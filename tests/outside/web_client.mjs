// The published web client in a page; the functions of `window.tab` are called by `web_client.py`.

import { FishjamClient } from '@fishjam-cloud/ts-client';
import { hear, makeCamera, makeMicrophone, see } from './web_media.mjs';

const tracks = new Map();
const log = [];
let client;

// Pages give their tracks names, agents only what they are.
const nameOf = ({ metadata }) => metadata?.name ?? metadata?.type;
const note = (name) => (value) => log.push([name, String(value?.message ?? value ?? '')]);

function watch(fishjamClient) {
  for (const name of ['joined', 'disconnected', 'authError', 'joinError', 'reconnected', 'peerLeft']) {
    fishjamClient.on(name, note(name));
  }
  fishjamClient.on('trackReady', (context) => {
    // A media element has to play a stream before anything else hears it.
    const element = document.createElement(context.track.kind);
    element.srcObject = context.stream;
    element.muted = true;
    element.autoplay = true;
    document.body.append(element);
    tracks.set(context.trackId, { context, element });
  });
  fishjamClient.on('trackRemoved', (context) => forget(context.trackId));
  // The client forgets its tracks without a word when it begins a new connection.
  fishjamClient.on('disconnected', () => [...tracks.keys()].forEach(forget));
}

function forget(id) {
  tracks.get(id)?.element.remove();
  tracks.delete(id);
}

window.tab = {
  log,
  names: () => [...tracks.values()].map(({ context }) => nameOf(context)).sort(),
  streams: () => new Set([...tracks.values()].map(({ context }) => context.stream.id)).size,
  peers: () => Object.values(client.getRemotePeers()).map((peer) => peer.metadata?.peer?.name).sort(),

  async join(url, token, name) {
    const joining = new FishjamClient({ reconnect: { addTracksOnReconnect: true } });
    client = joining;
    watch(joining);
    const joined = new Promise((resolve, reject) => {
      joining.on('joined', resolve);
      joining.on('authError', reject);
      joining.on('joinError', reject);
    });
    await joining.connect({ url, token, peerMetadata: { name } });
    await joined;
  },

  leave: () => client.leave(),
  disconnect: () => client.disconnect(),

  async speak(name, frequency) {
    return client.addTrack(makeMicrophone(frequency), { name, type: 'microphone', paused: false });
  },

  async show(name, color, type = 'camera') {
    return client.addTrack(makeCamera(color), { name, type, paused: false });
  },

  async replaceSound(id, frequency) {
    await client.replaceTrack(id, frequency === null ? null : makeMicrophone(frequency));
  },

  async replacePicture(id, color) {
    await client.replaceTrack(id, color === null ? null : makeCamera(color));
  },

  remove: (id) => client.removeTrack(id),
  rename: (id, name) => client.updateTrackMetadata(id, { name }),

  // The loudest frequency of the track of that name, or 0.
  async hears(name) {
    const found = [...tracks.values()].find(({ context }) => nameOf(context) === name);
    return found ? hear(found.context.stream, found) : 0;
  },

  // The colour in the middle of the track of that name, or null.
  sees(name) {
    const found = [...tracks.values()].find(({ context }) => nameOf(context) === name);
    return found ? see(found.element) : null;
  },

  messages: [],
  async openChannels() {
    await client.createDataChannels();
    client.subscribeData((data) => window.tab.messages.push(new TextDecoder().decode(data)), {
      reliable: true,
    });
  },
  publish: (text) => client.publishData(new TextEncoder().encode(text), { reliable: true }),
};
