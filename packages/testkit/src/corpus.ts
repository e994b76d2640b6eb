/**
 * The text that tiny models learn their words from: an ordinary story, written for this project. Few distinct
 * words and many repetitions, so that a model which only knows word pairs still makes readable sentences.
 * Paragraphs are separated by empty lines; only ASCII.
 */
export const CORPUS = `
The ranch lay between the river and the long brown hills. In the morning the light came over the hills and went down to the water, and the horses lifted their heads and looked at it. Wren liked that hour best. She opened the gate, and the old gray mare walked out first, and the others walked behind her.

"Good morning," said Wren. The mare said nothing, but she put her warm nose against the hand of the girl and waited for an apple. There was always an apple.

The old man who kept the ranch was called Tomas. He had a slow walk, a white beard and a hat that was older than Wren. He knew every horse by the sound of its feet. "A good horse is never in a hurry," he said. "A good man is never in a hurry. The river is never in a hurry, and it is always there before us."

In the spring the meadow was green and the grass stood high. The small birds made their nests under the roof of the barn, and the young horses ran along the fence for no reason at all. Wren counted them every evening. She counted nine, and then ten, and then nine again, for the little red one was always behind the barn.

"Where is the red one?" said Tomas.

"Behind the barn," said Wren.

"Of course it is," said the old man, and he laughed. "It is a small horse with a big idea."

The summer was dry. The wind came from the south and took the dust from the road and put it on the table, on the bread and in the coffee. Day after day the sky was blue and empty. The grass turned yellow, and the river was so low that the stones stood out of the water like the backs of sleeping cows. In the evening Wren and Tomas walked down to the river and looked at the stones.

"We need rain," said Wren.

"The rain knows that," said Tomas. "It will come when it comes."

"And when it does not come?"

"Then we carry the water," said the old man. So they carried the water. They carried it in the morning and they carried it in the evening, from the river to the barn and from the barn to the garden, and the horses drank and the beans grew, and nobody was in a hurry.

One night Wren heard a sound on the roof. It was a small sound, like the feet of a bird, and then it was a big sound, like the feet of all the horses in the world. She ran to the door. The rain came down on the hills and on the road, on the barn and on the yellow grass, and the air was cool and sweet and smelled of stone. Tomas stood under the roof with his hat in his hand, and the water ran down his beard.

"Now it is in a hurry," he said.

In the morning the river was wide and brown and loud. It went over the stones and over the low fence, and it took the little bridge with it. The horses stood on the high side of the meadow and looked at the water. Wren counted nine. She looked behind the barn. The red one was not behind the barn.

"It is on the other side," said Wren. "The red one is on the other side of the river."

Tomas looked for a long time. On the other side, under the big tree, stood the little red horse with its head down and the rain on its back. It was very small and very wet, and it had no idea at all.

"We wait," said the old man.

"We can not wait," said Wren.

"We can always wait," said Tomas. "The water is high today. The water is low tomorrow. The horse has a tree, and the tree has a horse, and that is more than many have."

So they waited. Wren sat on the fence with her hands under her arms and talked to the red horse over the water. She talked about the barn and the apples and the gray mare, and about the school in the town, and about the stars. The horse did not know the words, but it knew the voice, and it stood still and listened. In the evening Tomas came with bread and hot soup, and he sat on the fence too, and he talked about the first horse he ever had, which was blind in one eye and better than any clock.

The next day the river was slow again. The stones came out of the water, one after the other, and the gray mare walked down the hill and into the river as if there had never been a flood. The water came up to her knees and no more. She walked to the other side, and she put her nose against the neck of the little horse, and then she turned and walked back, and the red one walked behind her.

"You see," said Tomas, "she was never in a hurry."

Wren opened the gate. The mare walked in first, and the others walked behind her, and the red one came last. She counted nine, and then she counted ten. There was an apple for the mare, and there was an apple for the red horse, and there was half an apple for the old man, who said that it was the best half he ever had.

In the autumn they built a new bridge. They cut the wood on the hill and carried it down to the water, and the neighbors came with their tools and their dogs and their songs. It took four days. On the last day they made a big fire by the river and ate beans and bread and sweet corn, and a woman from the town played the fiddle until the moon stood over the hills. The horses came to the fence and listened. Nobody wanted to go home, and so for a long time nobody did.

"Will it hold?" said Wren.

"It will hold until it does not," said Tomas. "Then we build another one. That is what a bridge is for."

The winter was white and still. The snow lay on the roof and on the road, and the river made a thin sound under the ice. In the barn it was warm. The horses stood close together, and their breath went up in the light of the lamp, and Wren sat in the hay with a book and read to them. She read about ships and islands, and about a king who lost his crown in a well. The red one liked the book so much that it ate the last page.

"How does it end?" said Tomas.

"I do not know," said Wren. "The horse knows."

"Then it ends well," said the old man, and he put out the lamp. The snow came down over the ranch, over the barn and the bridge and the long brown hills, and the river went on in the dark, slow and sure, as it always had, and in the morning the light came over the hills again.
`.trim();
