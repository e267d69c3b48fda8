// Sounds and pictures that pages send and recognise, without devices.

let context;
const audio = () => (context ??= new AudioContext());

export function makeMicrophone(frequency) {
  const oscillator = audio().createOscillator();
  const output = audio().createMediaStreamDestination();
  oscillator.frequency.value = frequency;
  oscillator.connect(output);
  oscillator.start();
  void audio().resume();
  return output.stream.getAudioTracks()[0];
}

// A microphone that is silent, and what lets it sound for some milliseconds.
export function makeBeeper() {
  const [oscillator, gain] = [audio().createOscillator(), audio().createGain()];
  const output = audio().createMediaStreamDestination();
  oscillator.frequency.value = 1000;
  gain.gain.value = 0;
  oscillator.connect(gain).connect(output);
  oscillator.start();
  void audio().resume();
  const beep = (milliseconds) => {
    gain.gain.value = 1;
    setTimeout(() => (gain.gain.value = 0), milliseconds);
  };
  return { track: output.stream.getAudioTracks()[0], beep };
}

// Milliseconds until a stream is loud, or silent again; null if that takes too long.
export async function listen(stream, kept, isLoud, patience = 3000) {
  if (kept.ear === undefined) {
    kept.ear = audio().createAnalyser();
    kept.ear.fftSize = 256;
    audio().createMediaStreamSource(stream).connect(kept.ear);
  }
  const [begin, samples] = [performance.now(), new Float32Array(kept.ear.fftSize)];
  for (let waited = 0; waited < patience; waited = performance.now() - begin) {
    kept.ear.getFloatTimeDomainData(samples);
    if (samples.some((sample) => Math.abs(sample) > 0.02) === isLoud) return waited;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return null;
}

export function makeCamera(color, width = 640, height = 360) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const drawing = canvas.getContext('2d');
  let ticks = 0;
  const draw = () => {
    drawing.fillStyle = color;
    drawing.fillRect(0, 0, width, height);
    // Without any change there are no frames.
    drawing.fillStyle = ticks++ % 2 ? 'black' : 'white';
    drawing.fillRect(0, 0, 8, 8);
  };
  draw();
  setInterval(draw, 50);
  return canvas.captureStream(20).getVideoTracks()[0];
}

// The loudest frequency of a stream, or 0 in silence; `kept` keeps what is made for that.
export async function hear(stream, kept) {
  await audio().resume();
  if (kept.analyser === undefined) {
    kept.analyser = audio().createAnalyser();
    kept.analyser.fftSize = 8192;
    audio().createMediaStreamSource(stream).connect(kept.analyser);
  }
  const levels = new Float32Array(kept.analyser.frequencyBinCount);
  kept.analyser.getFloatFrequencyData(levels);
  let loudest = 0;
  for (let bin = 1; bin < levels.length; bin += 1) if (levels[bin] > levels[loudest]) loudest = bin;
  return levels[loudest] > -70 ? (loudest * audio().sampleRate) / kept.analyser.fftSize : 0;
}

// The colour in the middle of a video, or null before its first frame.
export function see(video) {
  if (!video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  const drawing = canvas.getContext('2d');
  drawing.drawImage(video, 0, 0, 300, 150);
  return [...drawing.getImageData(150, 75, 1, 1).data].slice(0, 3);
}
