import { describe, expect, test } from 'vitest';
import { EventParser, eventsOf, type ServerEvent } from '../src/lib/api/event_stream';

function streamOf(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
      controller.close();
    },
  });
}

async function read(...pieces: (string | Uint8Array)[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of eventsOf(streamOf(...pieces), 1_000)) events.push(event);
  return events;
}

describe('server-sent events', () => {
  test('an event is given back when its blank line has come', () => {
    const parser = new EventParser();
    expect(parser.push('event: delta\ndata: {"text":"a"}\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ event: 'delta', data: '{"text":"a"}' }]);
  });

  test('any way of cutting the stream gives the same events', async () => {
    const whole = ': ping\r\n\r\nevent: line\r\ndata: {"kind":"question"}\r\n\r\nevent: delta\r\ndata: caf\u00e9 \u{1F914}\r\n\r\n';
    const expected = [
      { event: 'line', data: '{"kind":"question"}' },
      { event: 'delta', data: 'caf\u00e9 \u{1F914}' },
    ];
    const bytes = new TextEncoder().encode(whole);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await read(bytes.slice(0, cut), bytes.slice(cut))).toEqual(expected);
    }
  });

  test('several data lines are joined, one space after the colon is dropped', async () => {
    expect(await read('data: one\ndata:two\ndata:  three\n\n')).toEqual([{ event: 'message', data: 'one\ntwo\n three' }]);
  });

  test('pings and an event without data say nothing', async () => {
    expect(await read(': ping\n\n', 'event: empty\n\n', 'id: 7\nretry: 5\n\n')).toEqual([]);
  });

  test('an event that was cut off before its blank line is not given back', async () => {
    expect(await read('event: done\ndata: {"id":')).toEqual([]);
  });

  test('a stream that goes silent is an error and not an endless wait', async () => {
    const silent = new ReadableStream<Uint8Array>({ start: () => undefined });
    await expect(eventsOf(silent, 5).next()).rejects.toThrow('silent');
  });
});
