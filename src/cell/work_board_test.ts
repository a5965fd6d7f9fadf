import assert from "node:assert/strict";
import { WorkBoard } from "./work_board.ts";

function boards() {
  const time = { wallMs: 1_000_000 };
  const parent = new WorkBoard(() => time.wallMs);
  return { time, parent, cell: new WorkBoard(() => time.wallMs, parent.memory) };
}

Deno.test("WorkBoard shows the other side the objects in processing", () => {
  const { parent, cell } = boards();
  assert.deepEqual(parent.read(1000), []);
  cell.began("demo/größe", 7);
  cell.began("demo/b");
  assert.deepEqual(parent.read(1000), [{ key: "demo/größe", generation: 7 }, { key: "demo/b" }]);
  cell.ended("demo/größe");
  assert.deepEqual(parent.read(1000), [{ key: "demo/b" }]);
});

Deno.test("WorkBoard shows what has just ended, when nothing is in processing", () => {
  const { time, parent, cell } = boards();
  cell.began("demo/a", 1);
  cell.ended("demo/a");
  time.wallMs += 900;
  cell.began("demo/b", 1);
  cell.ended("demo/b");
  assert.deepEqual(parent.read(1000).map(({ key }) => key), ["demo/a", "demo/b"]);
  time.wallMs += 900;
  assert.deepEqual(parent.read(1000).map(({ key }) => key), ["demo/b"]);
});

Deno.test("WorkBoard leaves out what it has no room for, and takes the longest names", () => {
  const { parent, cell } = boards();
  const longKey = `${"n".repeat(63)}/${"x".repeat(253)}`;
  cell.began(longKey, 3);
  for (let i = 0; i < 40; i++) cell.began(`demo/${i}`);
  assert.equal(parent.read(0).length, 16);
  assert.deepEqual(parent.read(0)[0], { key: longKey, generation: 3 });
  cell.ended("demo/39");
  for (let i = 0; i < 40; i++) cell.ended(`demo/${i}`);
  assert.deepEqual(parent.read(0).map(({ key }) => key), [longKey]);
});
