import type { EventSealer } from '#eventing/event-sealer.js';
import type { Views } from '#eventing/views.js';
import type { Reading } from './query.js';

/** What questions about history are answered from: the views and the log behind them. */
export interface LogReading extends Reading {
  readonly views: Pick<Views, 'checkpoint' | 'waitFor' | 'read' | 'log' | 'store'>;
  /** Opens what is personal in events. */
  readonly sealer: Pick<EventSealer, 'open'>;
}
