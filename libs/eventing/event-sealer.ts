import type { NewEvent, RecordedEvent } from './event-store.js';

/** Seals and opens what is personal in events. Opened text never goes into a cache, a snapshot or a log line. */
export interface EventSealer {
  /** The event as the log may hold it: personal fields and the reason sealed with their subject's key. */
  seal(stream: string, event: NewEvent): NewEvent | Promise<NewEvent>;
  /** The event with its personal fields and reason readable; `[erased]` where the key is gone. */
  open(event: RecordedEvent): Promise<RecordedEvent>;
}

/** What stands where personal text stood, once the person's key is destroyed. */
export const erasedText = '[erased]';
