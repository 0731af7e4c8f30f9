/** Shapes that no API server has any more, and what becomes of them: tables of before and after. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  convertTemplate,
  removedShape,
} from '../../../src/federation/conversion/convert-template.ts';

interface Row {
  readonly what: string;
  readonly given: string;
  readonly want: string;
  /** Fields of the changes, in their order. */
  readonly fields: readonly string[];
}

const CONVERTED: readonly Row[] = [
  {
    what: 'an Ingress: backends by number and by name',
    given: `
      apiVersion: extensions/v1beta1
      kind: Ingress
      metadata: {name: web}
      spec:
        backend: {serviceName: other, servicePort: "8080"}
        rules:
        - host: web.example.com
          http: {paths: [{path: /, backend: {serviceName: web, servicePort: http}}]}`,
    want: `
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata: {name: web}
      spec:
        defaultBackend: {service: {name: other, port: {number: 8080}}}
        rules:
        - host: web.example.com
          http:
            paths:
            - path: /
              backend: {service: {name: web, port: {name: http}}}
              pathType: ImplementationSpecific`,
    fields: [
      'apiVersion',
      'spec.rules[0].http.paths[0].backend',
      'spec.rules[0].http.paths[0].pathType',
      'spec.backend',
      'spec.defaultBackend',
    ],
  },
  {
    what: 'an Ingress: its class stays an annotation, a resource and a path type as they are',
    given: `
      apiVersion: networking.k8s.io/v1beta1
      kind: Ingress
      metadata: {annotations: {kubernetes.io/ingress.class: nginx}}
      spec: {rules: [{http: {paths: [{pathType: Exact, path: /a, backend: {resource: {kind: A, name: b}}}]}}]}`,
    want: `
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata: {annotations: {kubernetes.io/ingress.class: nginx}}
      spec: {rules: [{http: {paths: [{pathType: Exact, path: /a, backend: {resource: {kind: A, name: b}}}]}}]}`,
    fields: ['apiVersion', 'metadata.annotations["kubernetes.io/ingress.class"]'],
  },
  {
    what: 'an autoscaler v2beta1: every kind of metric',
    given: `
      apiVersion: autoscaling/v2beta1
      kind: HorizontalPodAutoscaler
      spec:
        scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: web}
        metrics:
        - {type: Resource, resource: {name: cpu, targetAverageUtilization: 80}}
        - {type: Resource, resource: {name: memory, targetAverageValue: 1Gi}}
        - {type: Pods, pods: {metricName: hits, targetAverageValue: 5}}
        - {type: Object, object: {metricName: hits, target: {kind: Ingress, name: web}, targetValue: 10}}
        - {type: External, external: {metricName: q, metricSelector: {matchLabels: {a: b}}, targetValue: 7}}`,
    want: `
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      spec:
        scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
        metrics:
        - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}
        - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}
        - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: 5}}}
        - type: Object
          object:
            describedObject: {kind: Ingress, name: web}
            metric: {name: hits}
            target: {type: Value, value: 10}
        - type: External
          external:
            metric: {name: q, selector: {matchLabels: {a: b}}}
            target: {type: Value, value: 7}`,
    fields: [
      'apiVersion',
      'spec.metrics[0].resource.targetAverageUtilization',
      'spec.metrics[1].resource.targetAverageValue',
      'spec.metrics[2].pods.targetAverageValue',
      'spec.metrics[2].pods.metricName',
      'spec.metrics[3].object.targetValue',
      'spec.metrics[3].object.metricName',
      'spec.metrics[3].object.target',
      'spec.metrics[4].external.targetValue',
      'spec.metrics[4].external.metricName',
      'spec.scaleTargetRef.apiVersion',
    ],
  },
  {
    what: 'an autoscaler v2beta2 is v2 but for its name',
    given: `
      apiVersion: autoscaling/v2beta2
      kind: HorizontalPodAutoscaler
      spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}`,
    want: `
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}`,
    fields: ['apiVersion'],
  },
  {
    what: 'a CronJob',
    given: '{apiVersion: batch/v1beta1, kind: CronJob, spec: {schedule: "* * * * *"}}',
    want: '{apiVersion: batch/v1, kind: CronJob, spec: {schedule: "* * * * *"}}',
    fields: ['apiVersion'],
  },
  {
    what: 'a budget of disruptions',
    given:
      '{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, spec: {selector: {matchLabels: {a: b}}}}',
    want: '{apiVersion: policy/v1, kind: PodDisruptionBudget, spec: {selector: {matchLabels: {a: b}}}}',
    fields: ['apiVersion'],
  },
  {
    what: 'a Deployment without a selector, and what it means now not to say',
    given: `
      apiVersion: extensions/v1beta1
      kind: Deployment
      spec: {replicas: 2, template: {metadata: {labels: {app: web}}}}`,
    want: `
      apiVersion: apps/v1
      kind: Deployment
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template: {metadata: {labels: {app: web}}}`,
    fields: [
      'apiVersion',
      'spec.progressDeadlineSeconds',
      'spec.revisionHistoryLimit',
      'spec.strategy.rollingUpdate.maxSurge',
      'spec.strategy.rollingUpdate.maxUnavailable',
      'spec.selector',
    ],
  },
  {
    what: 'a DaemonSet with its selector',
    given: `
      apiVersion: apps/v1beta2
      kind: DaemonSet
      spec: {selector: {matchLabels: {app: a}}, templateGeneration: 3, template: {metadata: {labels: {app: a, b: c}}}}`,
    want: `
      apiVersion: apps/v1
      kind: DaemonSet
      spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a, b: c}}}}`,
    fields: ['apiVersion', 'spec.templateGeneration'],
  },
];

describe('converted', () => {
  it.each(CONVERTED)('$what', ({ given, want, fields }) => {
    const { template, changes, problems } = convertTemplate(parse(given));
    expect(problems).toEqual([]);
    expect(template).toEqual(parse(want));
    expect(changes.map(({ field }) => field)).toEqual(fields);
  });

  it.each(CONVERTED)('once more nothing changes: $what', ({ given }) => {
    const { template } = convertTemplate(parse(given));
    const again = convertTemplate(template);
    expect(again.changes).toEqual([]);
    expect(again.template).toBe(template);
  });
});

it.each([
  ['{apiVersion: apps/v1, kind: Deployment, spec: {template: {}}}'],
  ['{apiVersion: v1, kind: ConfigMap, data: {serviceName: a}}'],
  [
    '{apiVersion: example.com/v1beta1, kind: Ingress, spec: {backend: {serviceName: a, servicePort: 1}}}',
  ],
  ['{}'],
])('as it is: %s', (given) => {
  const template = parse(given);
  expect(convertTemplate(template)).toEqual({ template, changes: [], problems: [] });
  expect(removedShape(template)).toBeUndefined();
});

it.each([
  [
    '{apiVersion: extensions/v1beta1, kind: Deployment, spec: {template: {spec: {}}}}',
    'spec.selector: is missing, and spec.template.metadata.labels, which it would be, too',
  ],
  [
    '{apiVersion: apps/v1beta1, kind: Deployment, spec: {rollbackTo: {revision: 1}, template: {metadata: {labels: {a: b}}}}}',
    'spec.rollbackTo: apps/v1 has none: "kubectl rollout undo" does it',
  ],
  [
    '{apiVersion: apps/v1beta2, kind: Deployment, spec: {selector: {matchLabels: {a: c}}, template: {metadata: {labels: {a: b}}}}}',
    'spec.selector.matchLabels["a"]: is not among spec.template.metadata.labels, where apps/v1 wants it',
  ],
  [
    '{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, spec: {selector: {}}}',
    'spec.selector: {} selected no pod, and in policy/v1 selects all of them: say which',
  ],
  [
    '{apiVersion: extensions/v1beta1, kind: Ingress, spec: {backend: {serviceName: web}}}',
    'spec.defaultBackend.servicePort: is no number and no name',
  ],
  [
    '{apiVersion: autoscaling/v2beta1, kind: HorizontalPodAutoscaler, spec: {metrics: [{type: Pods, pods: {metricName: a}}]}}',
    'spec.metrics[0].pods: says no target',
  ],
  [
    '{apiVersion: autoscaling/v2beta1, kind: HorizontalPodAutoscaler, spec: {metrics: [{type: Odd}]}}',
    'spec.metrics[0].type: "Odd" is no type of metric',
  ],
  [
    '{apiVersion: policy/v1beta1, kind: PodSecurityPolicy}',
    'apiVersion: policy/v1beta1 PodSecurityPolicy: no API server has it any more: Pod Security Admission took its place',
  ],
])('refused: %s', (given, want) => {
  const { problems } = convertTemplate(parse(given));
  expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([want]);
  expect(removedShape(parse(given))).toMatchObject({ field: want.slice(0, want.indexOf(': ')) });
});

it('a template that says no version is known by its fields, and by its type', () => {
  const template = parse(
    '{spec: {rules: [{http: {paths: [{backend: {serviceName: a, servicePort: 80}}]}}]}}',
  );
  const target = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
  expect(removedShape(template, target)).toEqual({
    field: 'spec.rules[0].http.paths[0].backend',
    remedy:
      'serviceName, servicePort are service.name, service.port.number: "fedns convert" rewrites it',
  });
  expect(removedShape(template)).toBeUndefined();
});
