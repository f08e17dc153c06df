import { FOLDERS } from './grounds.js';
import { describeLakeDamage } from './describe-campaign.js';

describeLakeDamage('in a folder', () => Promise.resolve(FOLDERS));
