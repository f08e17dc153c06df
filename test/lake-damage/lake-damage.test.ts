import { FOLDERS } from './grounds.js';
import { describeLakeDamage } from './describe-campaign.js';

describeLakeDamage({ place: 'in a folder', shortPlays: 14, allOfBytes: true }, () =>
  Promise.resolve(FOLDERS),
);
