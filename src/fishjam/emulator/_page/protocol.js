// The messages of the peer socket: as much of protobuf as they need, and their fields.
"use strict";
((page) => {
  const LABELS = { one: 0, many: 1, map: 2 };
  const { one, many, map } = LABELS;

  // Each field: its number, its type (text, number or the fields of a message), and how many.
  const TRACK = { metadataJson: [1, "text", one] };
  const CANDIDATE = {
    candidate: [1, "text", one],
    sdpMLineIndex: [2, "number", one],
    sdpMid: [3, "text", one],
    usernameFragment: [4, "text", one],
  };
  const ENDPOINT = {
    endpointType: [2, "text", one],
    metadataJson: [3, "text", one],
    trackIdToTrack: [4, TRACK, map],
  };
  const NEWS_OF_ENDPOINT = { endpointId: [1, "text", one], metadataJson: [2, "text", one] };
  const NEWS_OF_TRACK = {
    endpointId: [1, "text", one],
    trackId: [2, "text", one],
    metadataJson: [3, "text", one],
  };
  const TRACK_TYPES = { audio: [1, "number", one], video: [2, "number", one] };

  const SERVER_EVENT = {
    endpointUpdated: [1, NEWS_OF_ENDPOINT, one],
    trackUpdated: [2, NEWS_OF_TRACK, one],
    tracksAdded: [3, { endpointId: [1, "text", one], trackIdToTrack: [2, TRACK, map] }, one],
    tracksRemoved: [4, { endpointId: [1, "text", one], trackIds: [2, "text", many] }, one],
    endpointAdded: [5, NEWS_OF_ENDPOINT, one],
    endpointRemoved: [6, { endpointId: [1, "text", one] }, one],
    connected: [7, { endpointId: [1, "text", one], endpointIdToEndpoint: [2, ENDPOINT, map] }, one],
    error: [8, { message: [1, "text", one] }, one],
    offerData: [9, { tracksTypes: [1, TRACK_TYPES, one] }, one],
    candidate: [10, CANDIDATE, one],
    sdpAnswer: [11, { sdp: [1, "text", one], midToTrackId: [2, "text", map] }, one],
    vadNotification: [12, { trackId: [1, "text", one], status: [2, "number", one] }, one],
  };
  const PEER_EVENT = {
    connect: [1, { metadataJson: [1, "text", one] }, one],
    disconnect: [2, {}, one],
    updateEndpointMetadata: [3, { metadataJson: [1, "text", one] }, one],
    updateTrackMetadata: [4, { trackId: [1, "text", one], metadataJson: [2, "text", one] }, one],
    renegotiateTracks: [5, {}, one],
    candidate: [6, CANDIDATE, one],
    sdpOffer: [
      7,
      {
        sdp: [1, "text", one],
        trackIdToMetadataJson: [2, "text", map],
        midToTrackId: [4, "text", map],
      },
      one,
    ],
    unmuteTrack: [12, { trackId: [1, "text", one] }, one],
  };
  const MESSAGE = {
    authenticated: [1, { roomType: [1, "number", one] }, one],
    authRequest: [2, { token: [1, "text", one], sdkVersion: [2, "text", one] }, one],
    peerEvent: [5, PEER_EVENT, one],
    serverEvent: [6, SERVER_EVENT, one],
  };

  function encode(fields, value) {
    const bytes = [];
    for (const [name, content] of Object.entries(value)) {
      const [number, type, label] = fields[name];
      if (label === map) {
        const entry = { key: [1, "text", one], value: [2, type, one] };
        for (const [key, item] of Object.entries(content))
          put(bytes, number, encode(entry, { key, value: item }));
      } else {
        for (const item of label === many ? content : [content]) putValue(bytes, number, type, item);
      }
    }
    return bytes;
  }

  function putValue(bytes, number, type, value) {
    if (type === "number") {
      putVarint(bytes, number << 3);
      putVarint(bytes, value);
    } else {
      put(bytes, number, type === "text" ? new TextEncoder().encode(value) : encode(type, value));
    }
  }

  function put(bytes, number, content) {
    putVarint(bytes, (number << 3) | 2);
    putVarint(bytes, content.length);
    // One by one: an SDP may be longer than the arguments that a call can have.
    for (const byte of content) bytes.push(byte);
  }

  function putVarint(bytes, value) {
    while (value > 127) {
      bytes.push((value & 127) | 128);
      value >>>= 7;
    }
    bytes.push(value);
  }

  function decode(fields, bytes) {
    const byNumber = new Map(
      Object.entries(fields).map(([name, [number, type, label]]) => [number, { name, type, label }]),
    );
    const value = {};
    for (const [name, [, , label]] of Object.entries(fields)) {
      if (label === map) value[name] = {};
      if (label === many) value[name] = [];
    }
    const reader = { bytes, at: 0 };
    while (reader.at < bytes.length) {
      const key = takeVarint(reader);
      const field = byNumber.get(key >>> 3);
      const raw = takeRaw(reader, key & 7);
      if (field !== undefined) set(value, field, raw);
    }
    return value;
  }

  function set(value, { name, type, label }, raw) {
    if (label === map) {
      const entry = decode({ key: [1, "text", one], value: [2, type, one] }, raw);
      value[name][entry.key ?? ""] = entry.value ?? (type === "text" ? "" : decode(type, []));
    } else if (label === many) {
      value[name].push(read(type, raw));
    } else {
      value[name] = read(type, raw);
    }
  }

  function read(type, raw) {
    if (type === "number") return raw;
    return type === "text" ? new TextDecoder().decode(Uint8Array.from(raw)) : decode(type, raw);
  }

  function takeRaw(reader, wireType) {
    if (wireType === 0) return takeVarint(reader);
    const size = { 1: 8, 2: null, 5: 4 }[wireType];
    if (size === undefined) throw new Error(`unknown wire type ${wireType}`);
    const length = size ?? takeVarint(reader);
    reader.at += length;
    if (reader.at > reader.bytes.length) throw new Error("the message is cut off");
    return reader.bytes.slice(reader.at - length, reader.at);
  }

  function takeVarint(reader) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (reader.at >= reader.bytes.length) throw new Error("the message is cut off");
      const byte = reader.bytes[reader.at];
      reader.at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  page.encodeMessage = (message) => Uint8Array.from(encode(MESSAGE, message));
  page.decodeMessage = (buffer) => decode(MESSAGE, new Uint8Array(buffer));
})((window.page ??= {}));
