import { FOLDERS } from './grounds.js';
import { describeLakeDamage } from './describe-campaign.js';

describeLakeDamage('in a folder', 14, () => Promise.resolve(FOLDERS));
