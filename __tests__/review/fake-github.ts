import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An issue or a comment. */
interface Item {
  readonly id: number;
  readonly state: string;
  readonly body?: string;
  readonly [other: string]: unknown;
}

/** A fake of GitHub's API with one list, of issues or of comments, in pages of a hundred. Its token is "token". */
export class FakeGithub {
  readonly items: Item[] = [];
  /** The requests, as "method path". */
  readonly calls: string[] = [];
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  /** @returns the URL of the API. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  add(item: Partial<Item>): Item {
    const id = this.items.length + 1;
    const added = { id, number: id, state: "open", user: { type: "Bot" }, ...item };
    this.items.push(added);
    return added;
  }

  async #answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const { method = "", headers } = request;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://github");
    this.calls.push(`${method} ${pathname}`);
    if (headers.authorization !== "Bearer token") return [403, { message: "Resource not accessible" }];
    const given = JSON.parse((await text(request)) || "{}") as Partial<Item>;
    if (method === "POST") return [201, this.add(given)];
    const item = this.items.find(({ id }) => pathname.endsWith(`/${id}`));
    if (method === "PATCH") return [item ? 200 : 404, Object.assign(item ?? {}, given)];
    const page = Number(searchParams.get("page") ?? 1);
    return [200, this.items.filter(({ state }) => state === "open").slice((page - 1) * 100, page * 100)];
  }
}
