// `cloud.platform` of a machine on AWS: https://opentelemetry.io/docs/specs/semconv/registry/attributes/cloud/
// A node name or a cluster name proves only Kubernetes, which may be self-managed on EC2. EKS is known from EKS Pod Identity, which exists
// nowhere else, or because OTEL_RESOURCE_ATTRIBUTES says `cloud.platform=aws_eks`. Other marks are not reliable: self-managed clusters can run
// the IRSA webhook too, and the API server's version lost its `-eks-` in Kubernetes 1.35:
// https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/45885

import type { Environment } from './environment.ts'

/**
 * `aws_eks` when EKS Pod Identity gave this container a token file, otherwise `aws_ec2`. Source: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
export function awsPlatform(env: Environment): 'aws_eks' | 'aws_ec2' {
  return env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE?.includes('/pods.eks.amazonaws.com/') ? 'aws_eks' : 'aws_ec2'
}
