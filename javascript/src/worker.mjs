// The worker: one JSON object a line on stdin is one question, one a line on stdout its answer.
//
// It reads no file and starts nothing. Every text that it analyses comes with a question, and what
// it is told about one project stays in this process, which serves that project alone.
import { createInterface } from "node:readline";
import { Project } from "./project.mjs";

const project = new Project();

// Loaded when they are first asked for, so that a worker for one purpose stays small.
const OPERATIONS = {
  ping: async () => ({}),
  open: async (request) => project.open(request),
  lint: async (request) => (await import("./lint.mjs")).lint(request),
  types: async (request) => (await import("./types.mjs")).types(request, project),
  facts: async (request) => (await import("./facts/index.mjs")).facts(request, project),
};

async function answer(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    id = request.id ?? null;
    const operation = Object.hasOwn(OPERATIONS, request.op) ? OPERATIONS[request.op] : null;
    if (operation === null) throw new Error(`no operation ${String(request.op)}`);
    return { id, ok: true, ...(await operation(request)) };
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { id, ok: false, error: text.slice(0, 500) };
  }
}

async function main() {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() !== "") process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
}

void main();
