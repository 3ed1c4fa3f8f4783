"""The PyTorch module that circulates as source text and is in no package, rebuilt from a description of what it does."""

import torch


class FocalLoss(torch.nn.Module):
    """The PyTorch module on probabilities [N, C] and integer targets [N].

    A number alpha <= 1 becomes [alpha, 1 - alpha], one weight a class, class 0 first; a list is divided by its sum.
    """

    def __init__(self, alpha=0.25, gamma=2, size_average=True):
        super().__init__()
        self.gamma = gamma
        self.size_average = size_average
        if isinstance(alpha, list):
            self.alpha = torch.Tensor(alpha)
            self.alpha = self.alpha / self.alpha.sum()
        elif alpha > 1:
            raise ValueError("Not supported value, alpha should be smaller than 1.0")
        else:
            self.alpha = torch.Tensor([alpha, 1 - alpha])

    def forward(self, input, target):
        if input.dim() > 2:
            input = input.view(input.size(0), input.size(1), -1)
        target = target.view(-1, 1)
        logpt = torch.log(input + 1e-10).gather(1, target)
        pt = torch.exp(logpt)
        alpha = self.alpha.gather(0, target.view(-1)).view(-1, 1)
        loss = -alpha * torch.pow(1 - pt, self.gamma) * logpt
        return loss.mean() if self.size_average else loss.sum()
