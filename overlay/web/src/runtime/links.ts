/** WebSockets as events: dialled, heard, closed. */

import { DIAL_MS } from "../limits";
import type { Event, LinkId } from "../machine/events";
import type { Address } from "../protocol/ids";

/** The only code that a page may close with and mean nothing by it; what is meant is the reason. */
const CLOSE_CODE = 1000;

export class Links {
  private readonly happens: (event: Event) => void;
  private readonly open = new Map<LinkId, WebSocket>();
  private lastLink = 0;

  constructor(happens: (event: Event) => void) {
    this.happens = happens;
  }

  /** Comes back as `LinkOpened` or `DialFailed`, in time. */
  dial(address: Address): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(address);
    } catch (error) {
      this.happens({ type: "DialFailed", address, reason: String(error) });
      return;
    }
    const tooLong = setTimeout(() => {
      socket.close();
    }, DIAL_MS);
    const onFailed = (): void => {
      clearTimeout(tooLong);
      this.happens({ type: "DialFailed", address, reason: "unreachable" });
    };
    socket.addEventListener("close", onFailed, { once: true });
    socket.addEventListener("open", () => {
      clearTimeout(tooLong);
      socket.removeEventListener("close", onFailed);
      this.opened(socket, address);
    });
  }

  send(link: LinkId, data: string): void {
    const socket = this.open.get(link);
    if (socket?.readyState === WebSocket.OPEN) socket.send(data);
  }

  /** Writes what waits, then closes; nothing more is heard of that link. */
  close(link: LinkId, code: string): void {
    const socket = this.open.get(link);
    this.open.delete(link);
    socket?.close(CLOSE_CODE, code);
  }

  private opened(socket: WebSocket, address: Address): void {
    this.lastLink += 1;
    const link = this.lastLink;
    this.open.set(link, socket);
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      const text = typeof data === "string" ? data : null;
      if (this.open.has(link)) this.happens({ type: "FrameReceived", link, data: text });
    });
    socket.addEventListener("close", ({ reason, wasClean }) => {
      if (!this.open.delete(link)) return;
      this.happens({ type: "LinkClosed", link, reason: reason || (wasClean ? "closed" : "reset") });
    });
    this.happens({ type: "LinkOpened", link, dialled: address });
  }
}
