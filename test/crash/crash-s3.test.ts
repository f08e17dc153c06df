import { s3ServerOrSkip } from '../support/s3-server.js';
import { describeCampaign } from './describe-campaign.js';
import { busyServer, lostAnswer } from './s3-faults.js';
import { openS3Place } from './s3-place.js';

describeCampaign('the crash campaign on an S3 server', 'npm run test:crash-s3', async (context) => {
  const server = await s3ServerOrSkip(context);
  const place = await openS3Place(server);
  return {
    place,
    refused: (...play) => busyServer(place, ...play),
    lostAnswer: (...play) => lostAnswer(place, ...play),
    diskFull: () => Promise.reject(new Error('its disk is not ours to fill')),
    async close() {
      await place.close();
      await server.stop();
    },
  };
});
