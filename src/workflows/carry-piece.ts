import { continueAsNew } from '@temporalio/workflow';
import { show } from './attributes.js';
import { CarriedPiece } from './carried-piece.js';
import type { CarryEarlier, CarryPiece, CarryPieceResult } from './messages.js';

/** Carries what arrived in some hours and nobody has carried; a redrive, what of it can leave quarantine. A piece of `reprocess`. */
export async function carryPiece(input: CarryPiece, earlier?: CarryEarlier): Promise<CarryPieceResult> {
  show(input.searchAttributes, { dataset: input.dataset, state: 'running' });
  const piece = new CarriedPiece(input, earlier);
  if (!(await piece.carry())) await continueAsNew<typeof carryPiece>(input, piece.earlier());
  show(input.searchAttributes, { records: piece.result.carried, state: 'done' });
  return piece.told();
}
