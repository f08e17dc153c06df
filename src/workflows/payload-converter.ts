import type { ConverterHint, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/workflow';

/** Stands for what cannot be read: no schema takes it, so that only what it was meant for fails. */
class Unreadable {}

/**
 * Temporal's own, but that nothing fails to be read. The error of an input or a signal that cannot be read would end the task
 * and not the run: it would be tried again for ever, and a good run would stand still over one bad signal.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, ...rest) => defaultPayloadConverter.toPayload(value, ...rest),
  fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload, context, hint);
    } catch {
      return new Unreadable() as T;
    }
  },
};
