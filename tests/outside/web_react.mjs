// The published React client in a page; the functions of `window.tab` are called by `web_react.py`.

import {
  FishjamProvider,
  useCamera,
  useConnection,
  useInitializeDevices,
  useLivestreamStreamer,
  useLivestreamViewer,
  useMicrophone,
  usePeers,
  useScreenShare,
} from '@fishjam-cloud/react-client';
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { hear, makeCamera, makeMicrophone, see } from './web_media.mjs';

const parameters = new URLSearchParams(location.search);
const MICROPHONES = ['500', '700', '900'];
const CAMERAS = ['rgb(200, 0, 0)', 'rgb(0, 0, 200)'];
const SCREEN = 'rgb(0, 200, 0)';

// Devices that sound and look as their ids say; the first of each kind is what a page gets.
const microphones = [parameters.get('microphone'), ...MICROPHONES];
const cameras = [parameters.get('camera'), ...CAMERAS];

function device(track, deviceId) {
  const settings = track.getSettings();
  track.getSettings = () => ({ ...settings, deviceId });
  return track;
}

function wanted(constraints, ids) {
  const { exact, ideal } = constraints.deviceId ?? {};
  return exact ?? ideal ?? ids[0];
}

Object.assign(navigator.mediaDevices, {
  enumerateDevices: async () => [
    ...microphones.map((id) => ({ kind: 'audioinput', deviceId: id, label: id })),
    ...cameras.map((id) => ({ kind: 'videoinput', deviceId: id, label: id })),
  ],
  getUserMedia: async ({ audio, video }) => {
    const stream = new MediaStream();
    if (audio) {
      const id = wanted(audio, microphones);
      stream.addTrack(device(makeMicrophone(Number(id)), id));
    }
    if (video) {
      const id = wanted(video, cameras);
      stream.addTrack(device(makeCamera(id), id));
    }
    return stream;
  },
  getDisplayMedia: async () => new MediaStream([makeCamera(SCREEN), makeMicrophone(1200)]),
});

// What the hooks returned last, and the elements of the tracks that are there.
let hooks = {};
const statuses = [];
const elements = new Map();

function play(track) {
  return (element) => {
    if (element === null) {
      elements.delete(track.id);
      return;
    }
    element.srcObject = new MediaStream([track]);
    elements.set(track.id, element);
  };
}

function media(track) {
  return createElement(track.kind, { key: track.id, ref: play(track), muted: true, autoPlay: true });
}

function App() {
  const [streamer, viewer] = [useLivestreamStreamer(), useLivestreamViewer()];
  hooks = {
    ...{ streamer, viewer, ...useConnection(), ...useInitializeDevices(), ...usePeers() },
    ...{ ...useCamera(), ...useMicrophone(), screen: useScreenShare() },
  };
  useEffect(() => void statuses.push(hooks.peerStatus), [hooks.peerStatus]);
  const tracks = hooks.remotePeers.flatMap((peer) => peer.tracks.map(({ track }) => track));
  const shown = [...tracks, ...(viewer.stream?.getTracks() ?? [])];
  return createElement('main', null, ...shown.filter(Boolean).map(media));
}

const root = createRoot(document.body.appendChild(document.createElement('div')));
const provided = { fishjamId: parameters.get('fishjam'), reconnect: true, persistLastDevice: false };
root.render(createElement(FishjamProvider, provided, createElement(App)));

// What is received, called after its peer and what it is, as in `one/camera`.
function tracks() {
  const found = new Map();
  for (const { metadata, tracks } of hooks.remotePeers) {
    const name = metadata?.peer?.name ?? 'agent';
    for (const track of tracks) if (track.track) found.set(`${name}/${track.metadata.type}`, track);
  }
  for (const track of hooks.viewer.stream?.getTracks() ?? []) found.set(`live/${track.kind}`, { track });
  return found;
}

const trackOf = (name) => tracks().get(name)?.track;

const kept = new WeakMap();

window.tab = {
  names: () => [...tracks().keys()].sort(),
  streams: () => new Set(hooks.remotePeers.flatMap((peer) => peer.tracks.map(({ stream }) => stream?.id))).size,
  peers: () => hooks.remotePeers.map((peer) => peer.metadata?.peer?.name).sort(),
  statuses,
  live: () => [hooks.streamer.isConnected, hooks.streamer.error, hooks.viewer.isConnected, hooks.viewer.error],

  begin: async () => (await hooks.initializeDevices()).status,
  join: (token, name) => hooks.joinRoom({ peerToken: token, peerMetadata: { name } }),
  leave: () => hooks.leaveRoom(),
  toggleMicrophoneMute: () => hooks.toggleMicrophoneMute(),
  selectMicrophone: (id) => hooks.selectMicrophone(id),
  toggleCamera: () => hooks.toggleCamera(),
  startScreen: () => hooks.screen.startStreaming(),
  stopScreen: () => hooks.screen.stopStreaming(),

  async stream(token) {
    const video = new MediaStream([makeCamera(cameras[0])]);
    const audio = new MediaStream([makeMicrophone(Number(microphones[0]))]);
    await hooks.streamer.connect({ inputs: { video, audio }, token });
  },
  stopStream: () => hooks.streamer.disconnect(),
  watch: (config) => hooks.viewer.connect(config),
  stopWatching: () => hooks.viewer.disconnect(),

  async hears(name) {
    const track = trackOf(name);
    if (!track) return 0;
    if (!kept.has(track)) kept.set(track, {});
    return hear(new MediaStream([track]), kept.get(track));
  },

  sees(name) {
    const element = elements.get(trackOf(name)?.id);
    return element ? see(element) : null;
  },

  frames: (name) => elements.get(trackOf(name)?.id)?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
  isPaused: (name) => tracks().get(name)?.metadata.paused ?? false,
};
