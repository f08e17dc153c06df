import { s3ServerOrSkip } from '../support/s3-server.js';
import { describeLakeDamage } from './describe-campaign.js';
import { onServer } from './grounds.js';

describeLakeDamage('on an S3 server', 4, async (context) => onServer(await s3ServerOrSkip(context)));
