// The rear camera, and one JPEG of it at a time: newest wins, nothing waits.

const GAP_MS = 95; // ten a second: the device looks at no more
const LONG_SIDE = 640;
const QUALITY = 0.7;

export class Camera {
  /** `on.picture(jpeg, capturedMs)` resolves when it was sent; `on.ended()`: the camera stopped by itself. */
  constructor(video, on) {
    this.video = video;
    this.on = on;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.busy = false;
    this.takenAt = 0;
    this.newestAt = 0;
  }

  async start() {
    this.stop();
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
    });
    const [track] = stream.getVideoTracks();
    if (track.getSettings().facingMode === "user") {
      track.stop();
      // It looks back at the wearer: what it shows on the left is on their right.
      throw Object.assign(new Error("a front camera"), { name: "FrontCameraError" });
    }
    this.stream = stream;
    track.onended = () => this.stream === stream && this.on.ended();
    this.video.srcObject = stream;
    await this.video.play();
    this.newestAt = performance.now();
    this.follow(stream);
  }

  /** Whether pictures come from the camera; a track may also be muted by the system. */
  alive() {
    const track = this.stream?.getVideoTracks()[0];
    return track !== undefined && track.readyState === "live" && !track.muted && performance.now() - this.newestAt < 1500;
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
    this.video.srcObject = null;
  }

  follow(stream) {
    if (this.stream !== stream) return;
    if ("requestVideoFrameCallback" in this.video) {
      this.video.requestVideoFrameCallback((now, about) => {
        this.follow(stream);
        this.take(about.captureTime ?? about.presentationTime ?? now);
      });
    } else {
      setTimeout(() => {
        this.follow(stream);
        if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) this.take(performance.now());
      }, 33);
    }
  }

  async take(capturedMs) {
    const now = performance.now();
    this.newestAt = now;
    if (this.busy || now - this.takenAt < GAP_MS || this.video.videoWidth === 0) return;
    if (!this.on.wanted()) return;
    this.busy = true;
    this.takenAt = now;
    try {
      // A capture time that cannot be (a clock of the system's own) is the time of the callback.
      const exposed = capturedMs <= now && capturedMs > now - 1000 ? capturedMs : now;
      const jpeg = await this.encoded();
      if (jpeg) await this.on.picture(await jpeg.arrayBuffer(), exposed);
    } finally {
      this.busy = false;
    }
  }

  encoded() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(LONG_SIDE / Math.max(width, height), 1);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }
}
