// The binary message of one picture: see docs/phone.md. Big-endian.

export const HEAD_BYTES = 44;

/** The header and the JPEG in one buffer. `felt` null: how the phone is held is not known. */
export function pack(seq, capturedMs, rotate, felt, jpeg) {
  const message = new Uint8Array(HEAD_BYTES + jpeg.byteLength);
  const view = new DataView(message.buffer);
  message.set([0x53, 0x47, 0x50, 0x31]); // "SGP1"
  view.setUint32(4, seq);
  view.setFloat64(8, capturedMs);
  view.setUint16(16, rotate);
  view.setFloat32(20, felt ? felt.pitch : NaN);
  view.setFloat32(24, felt ? felt.roll : NaN);
  view.setFloat32(28, felt ? felt.yaw : NaN);
  view.setFloat32(32, NaN); // how exact a phone's sensors are is not told by browsers
  view.setFloat64(36, felt ? felt.t : NaN);
  message.set(new Uint8Array(jpeg), HEAD_BYTES);
  return message;
}
