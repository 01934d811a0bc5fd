"""fcn-light as a PyTorch tutorial would train it: fp32, NCHW, CPU, fixed tensors.

Started by the training benchmark: training.py BATCH HEIGHT WIDTH CLASSES THREADS. Prints PyTorch's version, then for each number on
standard input takes so many steps and prints the milliseconds that have passed and those that its threads computed. The network is that of SegML's FcnLight.cs, layer by layer.
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class ConvNorm(nn.Sequential):
    def __init__(self, inside, outside, kernel, stride=1, dilation=1, activate=True):
        layers = [
            nn.Conv2d(inside, outside, kernel, stride, dilation * (kernel // 2), dilation, bias=False),
            nn.BatchNorm2d(outside),
        ]
        super().__init__(*layers, *([nn.ReLU()] if activate else []))


class Residual(nn.Module):
    def __init__(self, channels, dilation=1):
        super().__init__()
        self.first = ConvNorm(channels, channels, 3, dilation=dilation)
        self.second = ConvNorm(channels, channels, 3, dilation=dilation, activate=False)

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + x)


class FcnLight(nn.Module):
    def __init__(self, classes, width=16):
        super().__init__()
        c2, c4, c8, c16 = width, 2 * width, 4 * width, 8 * width
        self.stem = ConvNorm(3, c2, 3, stride=2)
        self.stage4 = nn.Sequential(ConvNorm(c2, c4, 3, stride=2), Residual(c4))
        self.stage8 = nn.Sequential(ConvNorm(c4, c8, 3, stride=2), Residual(c8), Residual(c8))
        self.stage16 = nn.Sequential(ConvNorm(c8, c16, 3, stride=2), Residual(c16), Residual(c16, 2), Residual(c16, 4))
        self.context = nn.Conv2d(c16, c16, 1)
        self.up = nn.ModuleList([ConvNorm(a, b, 1, activate=False) for a, b in ((c16, c8), (c8, c4), (c4, c2))])
        self.skip = nn.ModuleList([ConvNorm(c, c, 1, activate=False) for c in (c8, c4, c2)])
        self.refine = nn.ModuleList([ConvNorm(c, c, 3) for c in (c8, c4, c2)])
        self.head = nn.Conv2d(c2, classes, 1)

    def forward(self, image):
        x2 = self.stem(image)
        x4 = self.stage4(x2)
        x8 = self.stage8(x4)
        y = self.stage16(x8)
        y = y + F.relu(self.context(F.adaptive_avg_pool2d(y, 1)))
        for up, skip, refine, fine in zip(self.up, self.skip, self.refine, (x8, x4, x2)):
            coarse = F.interpolate(up(y), size=fine.shape[2:], mode="bilinear", align_corners=False)
            y = refine(F.relu(coarse + skip(fine)))
        return F.interpolate(self.head(y), size=image.shape[2:], mode="bilinear", align_corners=False)


def main():
    batch, height, width, classes, threads = (int(argument) for argument in sys.argv[1:])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = FcnLight(classes)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=2e-2)
    images = torch.randn(batch, 3, height, width)
    labels = torch.randint(0, classes, (batch, height, width))
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        elapsed, processor = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            optimizer.zero_grad()
            loss = F.cross_entropy(network(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()
        print(1e3 * (time.perf_counter() - elapsed), 1e3 * (time.process_time() - processor), flush=True)


main()
