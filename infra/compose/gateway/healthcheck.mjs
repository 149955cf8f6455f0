import { ordersCanBePlaced } from './main.mjs';

process.exit((await ordersCanBePlaced().catch(() => false)) ? 0 : 1);
