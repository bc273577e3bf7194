import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group/index.js";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table/index.js";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association/index.js";
import { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../config/environment.ts";

export interface NetworkProps {
  /** Name tag of the resources. */
  readonly name: string;
  readonly network: Environment["network"];
}

/**
 * The network of the function: a new VPC with one private subnet per zone and no internet access, or an existing VPC,
 * which is left unchanged.
 */
export class Network extends Construct {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly routeTableIds: readonly string[];

  constructor(scope: Construct, id: string, { name, network }: NetworkProps) {
    super(scope, id);
    if (network.kind === "existing") {
      this.vpcId = network.vpcId;
      this.subnetIds = network.subnetIds;
      this.routeTableIds = network.routeTableIds;
      return;
    }
    const vpc = new Vpc(this, "vpc", {
      cidrBlock: network.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: name },
    });
    // AWS creates it with rules that allow traffic. It is unused, so Terraform removes its rules.
    new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: vpc.id,
      tags: { Name: `${name}-unused` },
    });
    const routeTable = new RouteTable(this, "route-table", { vpcId: vpc.id, tags: { Name: name } });
    this.vpcId = vpc.id;
    this.routeTableIds = [routeTable.id];
    this.subnetIds = network.zones.map((zone, index) => {
      const number = index + 1;
      const subnet = new Subnet(this, `subnet-${number}`, {
        vpcId: vpc.id,
        availabilityZone: zone,
        // The prefix has 4 more bits than the VPC's: the subnet is a sixteenth of it.
        cidrBlock: Fn.cidrsubnet(network.cidr, 4, index),
        tags: { Name: `${name}-${zone}` },
      });
      new RouteTableAssociation(this, `route-table-association-${number}`, {
        routeTableId: routeTable.id,
        subnetId: subnet.id,
      });
      return subnet.id;
    });
  }
}
