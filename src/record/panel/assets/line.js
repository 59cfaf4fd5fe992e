// The line to the recorder: a websocket that comes back when it breaks.
const SILENCE = 13000; // ms without a word (they come every 4 s) after which a line counts as broken
const RETRIES = [300, 1000, 2000, 3000]; // ms

// hear(message) gets JSON, draw(number, width, height, jpeg) pictures, turn(open) the line's state.
export const connect = ({ hear, draw, turn }) => {
  let socket = null;
  let tries = 0;
  let over = false;
  let silence = 0;

  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENCE);
  };
  const lose = () => {
    clearTimeout(silence);
    if (!socket) return;
    const lost = socket;
    socket = null;
    lost.close();
    turn(false);
    if (!over) setTimeout(open, RETRIES[Math.min(tries++, RETRIES.length - 1)]);
  };
  const open = () => {
    const address = new URL("live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const mine = new WebSocket(address);
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.onopen = () => {
      tries = 0;
      turn(true);
    };
    mine.onclose = mine.onerror = () => mine === socket && lose();
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      listen();
      if (typeof data !== "string") {
        const head = new DataView(data);
        draw(head.getUint32(0), head.getFloat32(4), head.getFloat32(8), data.slice(12));
        return;
      }
      const message = JSON.parse(data);
      if (message.type === "over") {
        over = true;
        clearTimeout(silence);
      }
      if (message.type !== "beat") hear(message);
    };
    listen();
  };
  const send = (message) => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  };
  open();
  return {
    command: (type, rest = {}) => send({ command: { type, ...rest } }),
    remote: (type, rest = {}) => send({ remote: { type, ...rest } }),
    files: (numbers) => send({ files: numbers }),
    seen: (number) => send({ seen: number }),
  };
};
