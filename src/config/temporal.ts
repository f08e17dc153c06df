import {
  type ClientConnectConfig,
  loadClientConfigProfile,
  loadClientConnectConfig,
} from '@temporalio/envconfig';
import { messageOf } from '../errors.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Temporal's own settings, read by Temporal's own library. Faults: settings that the library would ignore.
 */
export function readTemporal(env: Env, faults: string[]): ClientConnectConfig {
  const overrideEnvVars = { ...env } as Record<string, string>;
  try {
    const { clientCert, clientKey } = loadClientConfigProfile({ overrideEnvVars }).tls ?? {};
    if ((clientCert === undefined) !== (clientKey === undefined)) {
      const [there, lacking] = clientCert ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
      faults.push(
        `TEMPORAL_TLS_CLIENT_${lacking}_PATH is not set, but TEMPORAL_TLS_CLIENT_${there}_PATH is: mTLS needs both`,
      );
    }
    if (/^(1|true)$/i.test(env['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] ?? ''))
      faults.push(
        'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not known to this SDK: say the name to expect by TEMPORAL_TLS_SERVER_NAME',
      );
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    faults.push(`TEMPORAL_… : ${messageOf(error)}`);
    return { connectionOptions: {} };
  }
}
