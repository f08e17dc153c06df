import { s3ServerOrSkip } from '../support/s3-server.js';
import { describeLakeDamage } from './describe-campaign.js';
import { onServer } from './grounds.js';

describeLakeDamage({ place: 'on an S3 server', shortPlays: 4, allOfBytes: false }, async (context) =>
  onServer(await s3ServerOrSkip(context)),
);
