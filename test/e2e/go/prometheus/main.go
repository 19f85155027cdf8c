// Command prometheus runs Prometheus's own discovery of Nodes and keeps the target groups it sends. A line on stdin is
// answered by one line of JSON: how many groups were sent, and the targets there are now. The end of stdin ends it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
)

type group struct {
	Labels  model.LabelSet   `json:"labels"`
	Targets []model.LabelSet `json:"targets"`
}

func main() {
	conf := &kubernetes.SDConfig{Role: kubernetes.RoleNode, KubeConfig: os.Getenv("KUBECONFIG")}
	registry := prometheus.NewRegistry()
	metrics := conf.NewDiscovererMetrics(registry, discovery.NewRefreshMetrics(registry))
	if err := metrics.Register(); err != nil {
		log.Fatal(err)
	}
	discoverer, err := kubernetes.New(nil, metrics, conf)
	if err != nil {
		log.Fatal(err)
	}
	sent := make(chan []*targetgroup.Group)
	ctx, cancel := context.WithCancel(context.Background())
	go discoverer.Run(ctx, sent)

	var mu sync.Mutex
	events := 0
	groups := map[string]group{}
	go func() {
		for all := range sent {
			mu.Lock()
			for _, one := range all {
				if one == nil {
					continue
				}
				events++
				if len(one.Targets) == 0 {
					delete(groups, one.Source)
				} else {
					groups[one.Source] = group{one.Labels, one.Targets}
				}
			}
			mu.Unlock()
		}
	}()

	out := json.NewEncoder(os.Stdout)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		mu.Lock()
		err := out.Encode(map[string]any{"id": asked.Text(), "events": events, "state": groups})
		mu.Unlock()
		if err != nil {
			log.Fatal(err)
		}
	}
	cancel()
}
