import { describeCampaign } from './describe-campaign.js';
import { FOLDERS } from './place.js';
import { diskFull, refused } from './storage-faults.js';

describeCampaign('the crash campaign', 'npm run test:crash', () =>
  Promise.resolve({
    place: FOLDERS,
    refused,
    diskFull,
    lostAnswer: () => Promise.reject(new Error('a folder answers at once')),
    close: () => Promise.resolve(),
  }),
);
