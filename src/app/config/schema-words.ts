/** Small schemas that several parts of the configuration are made of. */

import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const address = z.string().refine(ipaddr.isValid, { error: 'not an IP address' });
export const network = z
  .string()
  .refine(ipaddr.isValidCIDR, { error: 'not a network (ADDRESS/BITS)' });
/** Owner of records, or of shards, in a shared store. */
export const writerName = z.string().regex(/^[a-z0-9-]{1,63}$/, { error: 'use a-z, 0-9, -' });
export const list = <T extends z.ZodType>(of: T) => z.array(of);
