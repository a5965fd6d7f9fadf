/** Upgrades from what commit bc329e1 wrote, on a real API server. */
import { testUpgrades } from "./on_cluster.ts";

testUpgrades("former");
