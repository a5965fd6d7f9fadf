/** Upgrades from what this version wrote, on a real API server. */
import { testUpgrades } from "./on_cluster.ts";

testUpgrades("present");
