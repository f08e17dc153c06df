import type { ConverterHint, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/workflow';

/**
 * Stands for a payload that cannot be read. No schema accepts it, so only the input or signal that it was
 * fails.
 */
class Unreadable {}

/**
 * Temporal's own converter, except that an unreadable payload becomes `Unreadable` in place of an error. Such
 * an error would end the task and not the run: it would be tried again for ever, and a good run would stand
 * still over one bad signal.
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
