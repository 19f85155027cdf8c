// Command kube-state-metrics runs the stores in which kube-state-metrics keeps its metrics of Nodes, as its own command
// builds them. A line on stdin is answered by one line of JSON: how often the metrics of a Node were made, and the metrics
// there are now. The end of stdin ends it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kube-state-metrics/v2/pkg/allowdenylist"
	"k8s.io/kube-state-metrics/v2/pkg/builder"
	"k8s.io/kube-state-metrics/v2/pkg/metric"
	generator "k8s.io/kube-state-metrics/v2/pkg/metric_generator"
	"k8s.io/kube-state-metrics/v2/pkg/options"
)

func fail(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	fail(err)
	// As its own command asks (pkg/util/utils.go).
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := clientset.NewForConfig(config)
	fail(err)
	all, err := allowdenylist.New(nil, nil)
	fail(err)
	fail(all.Parse())

	var made atomic.Int64
	stores := builder.NewBuilder()
	stores.WithMetrics(prometheus.NewRegistry())
	fail(stores.WithEnabledResources([]string{"nodes"}))
	stores.WithNamespaces(options.DefaultNamespaces)
	stores.WithKubeClient(client)
	stores.WithContext(context.Background())
	stores.WithSharding(0, 1)
	stores.WithFamilyGeneratorFilter(all)
	fail(stores.WithAllowLabels(map[string][]string{"nodes": {"*"}}))
	fail(stores.WithAllowAnnotations(nil))
	build := stores.DefaultGenerateStoresFunc()
	stores.WithGenerateStoresFunc(func(
		families []generator.FamilyGenerator,
		object interface{},
		listWatch func(clientset.Interface, string, string) cache.ListerWatcher,
		usesCache bool,
	) []cache.Store {
		// Each family is made once for each event: one is enough to count them.
		counted := slices.Clone(families)
		make := counted[0].GenerateFunc
		counted[0].GenerateFunc = func(node interface{}) *metric.Family {
			made.Add(1)
			return make(node)
		}
		return build(counted, object, listWatch, usesCache)
	})
	writers := stores.Build()

	out := json.NewEncoder(os.Stdout)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		var text bytes.Buffer
		for _, writer := range writers {
			fail(writer.WriteAll(&text))
		}
		// Each family's metrics come in the order of a Go map.
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		slices.Sort(lines)
		fail(out.Encode(map[string]any{"id": asked.Text(), "events": made.Load(), "state": lines}))
	}
}
